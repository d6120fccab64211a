// `push:` how the city's platform is called, and what its answer means.
#include "connectors/dialects/plan_loader.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {

constexpr std::size_t headers_max = 32;
constexpr std::size_t header_bytes_max = 1024;

bool is_header_name(std::string_view name) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !name.empty() && name.size() <= header_bytes_max && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               marks.find(c) != std::string_view::npos;
    });
}

bool is_header_value(std::string_view value) {
    return value.size() <= header_bytes_max &&
           std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void load_call(const yaml_place& at, push_call& call) {
    if (const auto path = at["path"]; path.present()) {
        call.path = path.text();
        const bool plain = std::all_of(call.path.begin(), call.path.end(), [](char c) { return c > ' ' && c <= '~'; });
        if (!call.path.starts_with('/') || !plain || call.path.find('#') != std::string::npos) {
            path.wrong("应为路径，如 /receive?v=2，特殊字符用百分号编码", "expected a path such as /receive?v=2, percent-encoded");
        }
    }
    const auto headers = at["headers"];
    for (const auto& [name, value] : headers.members()) {
        if (!is_header_name(name)) {
            value.wrong("“" + name + "”不是请求头的名称", "'" + name + "' is no name of a header field");
        } else if (const auto text = value.text(); is_header_value(text)) {
            call.headers.emplace_back(name, text);
        } else {
            value.wrong("请求头的值最多 1024 个可见 ASCII 字符", "a header's value is at most 1024 visible ASCII characters");
        }
    }
    if (call.headers.size() > headers_max) {
        headers.wrong("请求头最多 32 个", "at most 32 headers");
    }
}

void load_push_answer(load_context& context, const yaml_place& at, push_answer_plan& answer) {
    at.only({"charset", "format", "embed", "root", "taken", "duplicate", "retry", "refused", "code"});
    const auto format = at["format"].is_text() ? at["format"].text() : std::string();
    answer.is_soap = format == "soap";
    load_framing(context, at, answer.framing, answer.is_soap || format == "text");
    if (answer.is_soap) {
        answer.framing.format.kind = format_kind::xml;
        if (!answer.framing.root) {
            path body;
            (void)parse_path("Envelope/Body", context.plan.names, context.plan.namespaces, body);
            answer.framing.root = std::move(body);
        }
    } else if (format == "text") {
        for (const auto* key : {"embed", "root"}) {
            if (at[key].present()) {
                at[key].wrong("纯文本没有组成部分：路径只能是“.”", "a text has no parts: its path is '.'");
            }
        }
    }
    answer.taken = load_condition(context, at["taken"]);
    answer.duplicate = load_condition(context, at["duplicate"]);
    answer.retry = load_condition(context, at["retry"]);
    answer.refused = load_condition(context, at["refused"]);
    if (answer.taken.has.empty() && answer.taken.is.empty()) {
        at.wrong("须有 taken:，用 is 或 has 说明对方平台如何表示已收到报文",
                 "taken: is needed, with is or has: how the platform says that it has the message");
    }
    if (at["code"].present()) {
        answer.code = load_path(context, at["code"]);
    }
}

} // namespace

void load_push(load_context& context, const yaml_place& at) {
    if (!at.present()) {
        return;
    }
    at.only({"path", "headers", "answer"});
    load_call(at, context.plan.push.call);
    if (at["answer"].present()) {
        load_push_answer(context, at["answer"], context.plan.push.answer.emplace());
    }
}

} // namespace tongban::dialects
