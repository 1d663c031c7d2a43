"""What do Testing Farm and the accounts system answer?"""

from __future__ import annotations

from legacy.standin import draw, facts, state
from legacy.standin.replies import NoAnswerError, Reply, Request, error


def answer_testing_farm(request: Request) -> Reply:
    if (request.method, request.parts) != ("POST", ("trigger",)):
        return error(404, "Not Found")
    artifact = request.body["artifact"]
    full_name = f"{artifact['repo-namespace']}/{artifact['repo-name']}"
    state.current.test_requests.append(request.body)
    match facts.testing_farm_answer(full_name, artifact["copr-chroot"]):
        case "refused":
            return error(400, f"No compose for {artifact['copr-chroot']}.")
        case "broken":
            return error(500, "The queue is full.")
        case "silent":
            raise NoAnswerError("Testing Farm does not answer.")
        case "odd":  # taken, and not said where to look
            return Reply({"id": request.body["pipeline"]["id"]})
    pipeline = request.body["pipeline"]["id"]
    # counted for this repository and chroot alone: in which order others ask makes no difference
    name = f"{full_name} {artifact['copr-chroot']}"
    asked = state.current.tests_asked[name] = state.current.tests_asked.get(name, 0) + 1
    run = draw.sha("run", full_name, artifact["copr-chroot"], asked)[:12]
    return Reply({"id": pipeline, "url": f"https://testing-farm.example/runs/{run}"})


def answer_accounts(request: Request) -> Reply:
    match request.method, request.parts:
        case "GET", ("people", login, "groups"):
            if facts.accounts_fail(login):
                return error(500, "The directory is away.")
            found = facts.groups(login)
            return error(404, "No such person.") if found is None else Reply({"groups": found})
    return error(404, "Not Found")
