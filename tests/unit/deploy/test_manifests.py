"""What deploy/ says agrees with the code, with itself, and keeps the bot sealed."""

import ast
import importlib
import json
import re
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from desk.home import Secrets
from desk.settings import PROJECT, Settings
from desk.web.uploads import MAX_BODY

DEPLOY = PROJECT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
NAMESPACE = "acedesk"
KUBERNETES_VERSION = "1.37"
FILES = sorted(path for path in KUBERNETES.iterdir() if ".yaml" in path.suffixes)
LOCAL = {"ACEDESK_BOT_PORT", "ACEDESK_ACTION_PORT"}

type Manifest = dict[str, Any]

ALL: list[Manifest] = [
    document for path in FILES for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")


def of_kind(kind: str) -> list[Manifest]:
    return [one for one in ALL if one["kind"] == kind]


def named(kind: str, name: str) -> Manifest:
    return next(one for one in of_kind(kind) if one["metadata"]["name"] == name)


def containers(*, first: bool = True) -> Iterator[tuple[str, Manifest]]:
    """Every container as (deployment/name, manifest); with those that run first, or without."""
    for deployment in of_kind("Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        for one in [*(pod.get("initContainers", []) if first else []), *pod["containers"]]:
            yield f"{deployment['metadata']['name']}/{one['name']}", one


def labels_of_pods() -> list[dict[str, str]]:
    return [one["spec"]["template"]["metadata"]["labels"] for one in of_kind("Deployment")]


def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


CONFIG: dict[str, str] = named("ConfigMap", "acedesk-config")["data"]
EVERY = dict(containers())
RUNNING = dict(containers(first=False))


def test_there_is_all_that_a_desk_needs():
    kinds = {one["kind"] for one in ALL}
    assert kinds == {
        "Namespace", "Secret", "ConfigMap", "PersistentVolumeClaim", "Deployment", "Service",
        "NetworkPolicy", "PodDisruptionBudget",
    }  # fmt: skip
    assert set(RUNNING) == {"desk/serve", "desk/bot", "desk/worker", "worker/worker"}


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_everything_is_named_and_in_the_namespace(one):
    assert one["apiVersion"]
    if one["kind"] == "Namespace":
        assert one["metadata"]["name"] == NAMESPACE
    else:
        assert one["metadata"]["namespace"] == NAMESPACE


def test_names_are_given_once():
    names = [(one["kind"], one["metadata"]["name"]) for one in ALL]
    assert len(names) == len(set(names))


def test_selectors_find_the_pods_they_mean():
    for deployment in of_kind("Deployment"):
        spec = deployment["spec"]
        selector = spec["selector"]["matchLabels"]
        # Its own pods, and nobody else's.
        assert [labels for labels in labels_of_pods() if selects(selector, labels)] == [
            spec["template"]["metadata"]["labels"]
        ]
    others = [one["spec"]["selector"] for one in of_kind("Service")]
    others += [one["spec"]["selector"]["matchLabels"] for one in of_kind("PodDisruptionBudget")]
    others += [
        one["spec"]["podSelector"].get("matchLabels", {}) for one in of_kind("NetworkPolicy")
    ]
    for selector in others:
        assert any(selects(selector, labels) for labels in labels_of_pods()), selector


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_everything_is_as_kubernetes_describes_it(one):
    kubernetes_validate.validate(one, KUBERNETES_VERSION, strict=True)


def test_several_desks_share_redis_and_the_home():
    spec = named("Deployment", "desk")["spec"]
    assert spec["replicas"] > 1
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert "ACEDESK_REDIS_URL" in named("Secret", "acedesk-settings")["stringData"]
    assert {"secretRef": {"name": "acedesk-settings"}} in RUNNING["desk/serve"]["envFrom"]
    reference = {"name": "acedesk-settings", "key": "ACEDESK_REDIS_URL"}
    assert reference in [
        one["valueFrom"]["secretKeyRef"]
        for one in RUNNING["desk/bot"]["env"]
        if "secretKeyRef" in one.get("valueFrom", {})
    ]
    home = named("PersistentVolumeClaim", "acedesk-home")["spec"]
    assert home["accessModes"] == ["ReadWriteMany"]
    compose = COMPOSE["services"]["desk"]
    assert "--desks" in compose["command"]
    assert compose["environment"]["ACEDESK_REDIS_URL"]


@pytest.mark.parametrize("name", EVERY)
def test_every_container_is_sealed_and_bounded(name):
    container = EVERY[name]
    context = container["securityContext"]
    assert context["allowPrivilegeEscalation"] is False
    assert context["readOnlyRootFilesystem"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}
    for share in ("requests", "limits"):
        assert container["resources"][share].keys() == {"cpu", "memory"}


def test_pods_run_as_nobody_in_particular_and_know_nothing_of_the_cluster():
    for deployment in of_kind("Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        context = pod["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["runAsUser"] > 0
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        # A service named acedesk would set ACEDESK_PORT to an address.
        assert pod["enableServiceLinks"] is False
        for forbidden in ("hostNetwork", "hostPID", "hostIPC"):
            assert forbidden not in pod


@pytest.mark.parametrize("name", RUNNING)
def test_every_container_is_probed(name):
    assert RUNNING[name].keys() & {"livenessProbe", "readinessProbe"}


def test_the_desk_is_probed_at_its_two_addresses():
    serve = RUNNING["desk/serve"]
    asked = {kind: serve[kind]["httpGet"] for kind in ("livenessProbe", "readinessProbe")}
    assert asked["livenessProbe"] == {"path": "/health/live", "port": "public"}
    assert asked["readinessProbe"] == {"path": "/health/ready", "port": "public"}


def test_the_bot_is_asked_from_within_and_its_absence_takes_no_desk_out_of_service():
    bot = RUNNING["desk/bot"]
    # It listens on the pod's loopback, which the node does not reach.
    assert "exec" in bot["livenessProbe"]
    assert "readinessProbe" not in bot
    assert named("Service", "desk")["spec"]["publishNotReadyAddresses"] is True


def test_the_bot_gets_the_token_and_no_other_secret():
    bot = RUNNING["desk/bot"]
    assert "envFrom" not in bot
    assert {mount["name"] for mount in bot["volumeMounts"]} == {"tmp-bot"}
    references = [one["valueFrom"].get("secretKeyRef") for one in bot["env"] if "valueFrom" in one]
    keys = {reference["key"] for reference in references if reference}
    assert keys == {"bot-token", "ACEDESK_REDIS_URL"}


def test_the_ports_of_the_loopback_are_offered_nowhere():
    hidden = {CONFIG[name] for name in LOCAL}
    assert len(hidden) == 2
    public = CONFIG["ACEDESK_PORT"]
    ports = {
        port["name"]: str(port["containerPort"])
        for one in EVERY.values()
        for port in one.get("ports", [])
    }
    assert ports == {"public": public}
    for service in of_kind("Service"):
        assert service["spec"]["type"] == "ClusterIP"
        for port in service["spec"]["ports"]:
            assert ports[port["targetPort"]] == public
    for policy in of_kind("NetworkPolicy"):
        for rule in policy["spec"].get("ingress", []):
            # A rule without ports would let everything in.
            assert [str(port["port"]) for port in rule["ports"]] == [public]
            assert rule["from"]
    for service in COMPOSE["services"].values():
        for published in service.get("ports", []):
            assert published == f"127.0.0.1:{public}:{public}"


def test_what_no_policy_lets_through_is_shut_out():
    everything = [one["spec"] for one in of_kind("NetworkPolicy") if not one["spec"]["podSelector"]]
    assert everything == [{"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}]
    for policy in of_kind("NetworkPolicy"):
        for rule in policy["spec"].get("egress", []):
            assert rule["ports"]


def test_every_variable_is_a_setting():
    known = {f"ACEDESK_{name.upper()}" for name in Settings.model_fields}
    known |= set(re.findall(r"ACEDESK_\w+", (PROJECT / "bot" / "server.py").read_text("utf-8")))
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            said = set(re.findall(r"ACEDESK_[A-Z_]+", path.read_text(encoding="utf-8")))
            assert said <= known, path


def test_the_settings_can_be_read(monkeypatch):
    given = CONFIG | named("Secret", "acedesk-settings")["stringData"]
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = Settings(_env_file=None)
    assert settings.proxies_count == 1
    assert settings.store_url.startswith("postgresql+asyncpg://")


def test_what_is_referred_to_is_there():
    names = {(one["kind"], one["metadata"]["name"]) for one in ALL}
    for deployment in of_kind("Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        for one in [*pod.get("initContainers", []), *pod["containers"]]:
            assert {mount["name"] for mount in one["volumeMounts"]} <= volumes.keys()
            for source in one.get("envFrom", []):
                for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                    assert key not in source or (kind, source[key]["name"]) in names
        assert volumes["keys"]["secret"]["secretName"] == "acedesk-keys"
        assert volumes["home"]["persistentVolumeClaim"]["claimName"] == "acedesk-home"


def test_the_template_has_every_key_and_no_secret():
    assert not any(
        one["kind"] == "Secret"
        for path in KUBERNETES.glob("*.yaml")
        for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    )
    keys = named("Secret", "acedesk-keys")["stringData"]
    assert json.loads(keys["secrets.json"]) == dict.fromkeys(Secrets.__annotations__, "REPLACE")
    assert keys["bot-token"] == "REPLACE"
    for value in named("Secret", "acedesk-settings")["stringData"].values():
        assert ":REPLACE@" in value


def test_images_have_versions():
    images = [one["image"] for one in EVERY.values()]
    images += [one["image"] for one in COMPOSE["services"].values()]
    source = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    images += re.findall(r"^FROM (\S+)", source, re.MULTILINE)
    for image in images:
        _, _, version = image.partition(":")
        assert version
        assert version != "latest"
    project = re.search(
        r'^version = "(.+)"', (PROJECT / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert project is not None
    ours = {image for image in images if image.startswith("acedesk:")}
    assert ours == {f"acedesk:{project[1]}"}


def test_python_within_the_manifests_can_be_run():
    scripts = [
        script
        for one in EVERY.values()
        for part in [
            *one.get("args", []),
            *(
                one[kind].get("exec", {}).get("command", [""])[-1]
                for kind in one
                if "Probe" in kind
            ),
        ]
        if "import" in part
        for script in [part.partition("python -c '")[2].rstrip("\n'") or part]
    ]
    assert len(scripts) == 5
    for script in scripts:
        for node in ast.walk(ast.parse(script)):
            if isinstance(node, ast.ImportFrom):
                module = importlib.import_module(str(node.module))
                assert all(hasattr(module, name.name) for name in node.names)


def test_the_desk_waits_for_the_database_that_takes_its_calls():
    # While a volume is filled, a server answers on the socket that then goes away again.
    check = COMPOSE["services"]["postgres"]["healthcheck"]
    assert check["test"][:2] == ["CMD", "pg_isready"]
    assert "-h" in check["test"]
    assert check["start_period"]
    assert COMPOSE["services"]["desk"]["depends_on"]["postgres"]["condition"] == "service_healthy"


@pytest.mark.parametrize(
    ("path", "streams"),
    [
        ("/api/v1/conversations/0b1c/stream", True),
        ("/console/stream", True),
        ("/console/tickets/ASD-000001/stream", True),
        ("/api/v1/conversations/0b1c/messages", False),
        ("/console", False),
    ],
)
def test_nginx_buffers_no_stream(path, streams):
    found = re.search(r"location ~ (\S+) \{\n(.*?)\n\s*\}", NGINX, re.DOTALL)
    assert found is not None
    assert bool(re.search(found[1], path)) is streams
    assert "proxy_buffering off;" in found[2]


def test_nginx_lets_files_pass_and_tells_where_visitors_come_from():
    size = re.search(r"client_max_body_size (\d+)m;", NGINX)
    assert size is not None
    assert MAX_BODY <= int(size[1]) * 2**20 < 2 * MAX_BODY
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in NGINX
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in NGINX
    assert "listen 443 ssl http2;" in NGINX
