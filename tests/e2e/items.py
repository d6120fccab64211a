"""Filings that fit the example's catalogue."""

from gateway import submission

MATERIALS = {"dossier": {"materials": [{"code": "CL001", "name": "居民身份证", "required": True},
                                       {"code": "CL002", "name": "购房合同", "required": True}]}}


def filing(number, **members):
    event = submission(number, **members)
    event["dossier"].update(MATERIALS["dossier"])
    return event


def violations(answer):
    return {each["rule"]: each for each in answer.json().get("violations", [])}


def send(gateway, event, party="jining-platform"):
    with gateway.client(party) as client:
        return client.message(event)


def housing_of(whole):
    return next(each for each in whole["items"] if each["region"] == "140400")
