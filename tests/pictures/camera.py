"""Taking pictures of a page, on a desktop and on a telephone, and asking axe about it."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Locator, Page

from tests.a11y.barriers import RULES, objections

SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
_COLOURS = 96


class Camera:
    """Puts pictures into a folder, and remembers what is wrong with a page.

    That is: which pages are wider than the screen, and what axe objects to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.too_wide: list[str] = []
        self.barriers: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)

    def take(
        self, page: Page, name: str, *, whole: bool = True, shown: Locator | None = None
    ) -> None:
        """A picture in each size; of the whole page, or of what the screen shows of it.

        Args:
            shown: what must be on the picture; another size scrolls it out of view.
        """
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            if shown is not None:
                shown.scroll_into_view_if_needed()
            page.wait_for_timeout(150)
            page.screenshot(path=self.folder / f"{name}-{size}.png", full_page=whole)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                self.too_wide.append(f"{name}-{size}")
            found = objections(Axe().run(page, options={"runOnly": RULES}))
            self.barriers += [f"{name}-{size}: {objection}" for objection in found]
        page.set_viewport_size(SIZES["desktop"])  # type: ignore[arg-type]

    def view(self, page: Page, name: str) -> None:
        """What a desktop's screen shows, for the documents."""
        page.set_viewport_size(SIZES["desktop"])  # type: ignore[arg-type]
        page.screenshot(path=self.folder / f"{name}-view.png")


def small_copy(source: Path, target: Path) -> None:
    """The picture with few colours: a page has no more, and the file is a third of its size."""
    with Image.open(source) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(target, optimize=True)
