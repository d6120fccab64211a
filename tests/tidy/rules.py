# What tests/tidy/check.py enforces: the layers of docs/architecture.md, who may see which library, words, sizes, and
# the written exceptions. An exception that no longer excuses anything is itself a finding.

# Lowest first. A folder includes only folders of lower rows, and itself.
LAYERS = [
    ["schemas"],
    ["security", "monitoring"],
    ["gateway/cases", "connectors/dialects", "connectors/log", "connectors/store", "connectors/push",
     "connectors/objects", "connectors/fetch", "connectors/breaker"],
    ["connectors/licences"],  # asked over connectors/push's client
    ["connectors/catalogue"],  # cities' tables, read with the dialects' readers, checked by the rules of gateway/cases
    ["gateway/calendar"],
    ["gateway/http", "gateway/ledger"],
    ["gateway/materials", "gateway/intake", "gateway/inbox", "gateway/delivery", "gateway/supervision", "gateway/bundles", "gateway/emulator"],
    ["gateway/app"],
]
# Stricter than the row above: the pure rules know nothing but the schema.
ONLY = {"gateway/cases": {"schemas"}}

# First part of an include → where it may stand: a folder, or a prefix of a file's path.
LIBRARIES = {
    "librdkafka/": ["connectors/log/"],
    "rocksdb/": ["connectors/store/", "connectors/log/embedded"],
    "prometheus/": ["monitoring/"],
    "spdlog/": ["monitoring/"],
    "openssl/": ["security/"],
    "pugixml.hpp": ["connectors/dialects/", "connectors/catalogue/"],
    "minizip/": ["connectors/catalogue/"],
    "simdjson.h": ["connectors/dialects/"],
    "curl/": ["gateway/app/", "connectors/push/", "connectors/objects/", "connectors/fetch/"],
    "CLI/": ["gateway/app/"],
    "boost/beast": ["gateway/http/", "connectors/push/"],
}
# (file, include's first part) → why.
LIBRARY_EXCEPTIONS = {
    ("gateway/http/stream.cpp", "openssl/"): "the TLS stream itself: SSL_set_fd on Asio's socket (docs/decisions.md)",
    ("gateway/cases/case_id.cpp", "openssl/"): "SHA-256 of region and number makes the case id; no keys, no TLS",
    ("gateway/ledger/record.cpp", "openssl/"): "SHA-256 digests that make event ids; no keys, no TLS",
    ("connectors/dialects/signature.cpp", "openssl/"): "digests and HMACs that a partner's signed form asks for",
    ("connectors/dialects/send_text.cpp", "openssl/"): "random bytes where a partner's format wants a fresh value",
    ("connectors/catalogue/compiled.cpp", "openssl/"): "the SHA-256 digest that a compiled catalogue carries; no keys, no TLS",
    ("gateway/inbox/window_work.cpp", "openssl/"): "random bytes tell one claim from another; no keys, no TLS",
}

# As a whole word of a file's, folder's or type's snake_case name.
FORBIDDEN_NAMES = {"manager", "helper", "helpers", "util", "utils", "common", "misc", "base", "impl"}
# path or "path:name" → why.
NAME_EXCEPTIONS = {
    "connectors/dialects/out_tree.hpp:base": "the place that a relative path starts at, written",
    "connectors/dialects/path.hpp:path_base": "the place that a relative path starts at",
}

# Anywhere in a tracked text file.
FORBIDDEN_TEXT = {
    r"\bTODO\b": "do it, or file an issue",
    r"\bFIXME\b": "do it, or file an issue",
    r"\bXXX\b": "say what is meant",
    r"\.\./shared": "the project stands by itself",
    r"(?<![\w.])/work/": "a path of somebody's machine",
}
TEXT_EXCEPTIONS = {
    "tests/tidy/rules.py": "names the words",
    "tests/tidy/check_test.py": "plants the words",
}

FILE_LINES_MAX = 450  # aim for 400
FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 135  # .clang-format wraps code at 110; this catches comments and tables
# path → why it is longer.
FILE_EXCEPTIONS = {
    "tests/unit/connectors/dialects/formats_test.cpp": "one format after the other, each with its dialect and sample",
}
# "path:function" → why it is longer.
FUNCTION_EXCEPTIONS = {
    "connectors/dialects/transform.cpp:apply": "a switch with one short case for each transform of docs/dialects.md",
    "connectors/dialects/time_format.cpp:print_time": "a switch with one short case for each letter of a pattern",
    "connectors/dialects/transform.cpp:invert": "the same the other way",
    "tests/unit/gateway/app/configuration_test.cpp:Configuration.EverySettingReachesItsPart":
        "one table: a key, the member it must reach",
}
# path → why it has longer lines.
LINE_EXCEPTIONS = {}

# What runs as the gateway; `tongban emulate` plays a city's platform, whose refusals are that city's.
PRODUCT = ("gateway/", "connectors/", "security/", "monitoring/", "schemas/")
NOT_THE_GATEWAY = ("gateway/emulator/",)
# Where, which function writes a line of the log, and which argument names the event (docs/log-events.md).
LOG_CALLS = [
    ("", "monitoring::log", 1),
    ("monitoring/log.cpp", "render_line", 2),
    ("gateway/http/", "log_refusal", 1),
    ("gateway/delivery/topic_partition.cpp", "complain", 0),
]
# Verdicts that refuse nothing: the others are problem types (docs/problems.md).
GOOD_VERDICTS = {"applied", "duplicate"}
# path → where the type of its problems comes from when a variable gives it.
PROBLEM_TYPE_EXCEPTIONS = {
    "gateway/delivery/event_routes.cpp": "wrong_position() is given it beside the status",
    "gateway/http/case_problem.cpp": "the verdict's name, gateway/cases/terms.cpp",
    "gateway/http/refusals.cpp": "make() is given it beside the status",
    "gateway/intake/admission.cpp": "the `later` of files, gateway/materials/intake_files.cpp",
    "gateway/intake/answer.cpp": "the receipt's code; set() is given it beside the status",
}
