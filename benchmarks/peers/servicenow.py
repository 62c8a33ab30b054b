"""The part of ServiceNow's table API that a help desk bot uses, in memory.

    python -m benchmarks.peers.servicenow PORT

Everybody is known to it.
"""

import itertools
import sys

from sanic import HTTPResponse, Request, Sanic, json

app = Sanic("servicenow", configure_logging=False)
numbers = itertools.count(1)
incidents: list[dict[str, object]] = []


@app.get("/api/now/table/sys_user")
async def users(request: Request) -> HTTPResponse:
    email = request.args.get("sysparm_query", "").partition("=")[2]
    return json({"result": [{"sys_id": f"user-{email}", "email": email}]})


@app.get("/api/now/table/incident")
async def search(request: Request) -> HTTPResponse:
    who = request.args.get("sysparm_query", "").partition("=")[2]
    found = [row for row in reversed(incidents) if row["caller_id"] == who]
    return json({"result": found[: int(request.args.get("sysparm_limit", "10"))]})


@app.post("/api/now/table/incident")
async def create(request: Request) -> HTTPResponse:
    row = {**request.json, "number": f"INC{next(numbers):07}", "state": "new"}
    incidents.append(row)
    return json({"result": row}, status=201)


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), single_process=True, access_log=False, motd=False)
