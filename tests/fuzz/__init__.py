"""Every parser that meets the world, fed with damaged and hostile inputs."""
