"""Cases whose days pass because a test moves the clock: a calendar that covers them, filings, and what was said of them."""

import datetime

from gateway import submission

ORIGIN, DEST = "jining-platform", "changzhi-platform"
DAY = 86_400
TODAY = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()


def limit(value, unit="WORKDAY"):
    return {"value": value, "unit": f"LIMIT_UNIT_{unit}"}


def calendar_file(path, version, *years, more_off=()):
    text = f"version: {version}\nyears:\n"
    for year in years:
        off = [f"{year}-01-01", f"{year}-02-10/{year}-02-13", f"{year}-04-04", f"{year}-06-10", f"{year}-09-20", f"{year}-05-01/{year}-05-05", f"{year}-10-01/{year}-10-07",
               *(day for day in more_off if day.startswith(str(year)))]
        text += f"  {year}:\n    notice: test\n    off: [{', '.join(off)}]\n"
    path.write_text(text)


def published_calendar(folder):
    """A calendar of all days a test jumps over: what rests on an unpublished year is not ended by the gateway."""
    file = folder / "published.yaml"
    calendar_file(file, "published", TODAY.year - 1, TODAY.year, TODAY.year + 1)
    return file


def file_case(gateway, number, promise=3):
    with gateway.client(ORIGIN) as client:
        answer = client.message(submission(number, case_submitted={"promise": limit(promise)}))
    assert answer.status_code == 202, answer.text
    return answer.json()["case_id"]


def tell(gateway, case_id, name, **members):
    with gateway.client(DEST) as client:
        answer = client.event(case_id, name, **members)
    assert answer.status_code == 202, answer.text


def timeline(gateway, case_id):
    with gateway.client(ORIGIN) as client:
        answer = client.get(f"/v1/cases/{case_id}/timeline")
    assert answer.status_code == 200, answer.text
    return [entry for entry in answer.json()["entries"] if not entry.get("refused_code")]
