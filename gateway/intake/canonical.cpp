// Canonical JSON and Protobuf bodies.
#include "gateway/intake/canonical.hpp"

#include "gateway/http/json_object.hpp"

#include <google/protobuf/util/json_util.h>

namespace tongban::intake {

namespace {

dialects::refusal malformed(std::string place, std::string zh, std::string en) {
    return {make_error_code(dialects::errc::malformed), std::move(place), std::move(zh), std::move(en)};
}

void append_events(google::protobuf::RepeatedPtrField<v1::CaseEvent>& events, dialects::reading& reading) {
    std::uint32_t row = 0;
    for (auto& event : events) {
        dialects::translated_event translated;
        translated.event = &event;
        translated.row = ++row;
        reading.events.push_back(std::move(translated));
    }
}

// `said` is Protobuf's: "(path): what is wrong", the path not always there and not always in brackets.
dialects::refusal does_not_fit(std::string_view said) {
    const auto colon = said.find(": ");
    std::string_view path = said.substr(0, colon == std::string_view::npos ? 0 : colon);
    const auto why = said.substr(colon == std::string_view::npos ? 0 : colon + 2);
    if (path.starts_with('(') && path.ends_with(')')) {
        path = path.substr(1, path.size() - 2);
    }
    const auto says = [why](std::string_view words) { return why.find(words) != std::string_view::npos; };
    const std::string zh = says("Cannot find field")  ? "没有这个字段"
                           : says("is already set")   ? "一个事件只能有一种事件内容"
                           : says("for type")         ? "值不符合该字段的类型"
                                                      : "格式不符";
    return malformed(std::string(path), "JSON 与 tongban.v1 不符：" + zh + "。",
                     "The JSON does not fit tongban.v1: " + std::string(why));
}

} // namespace

std::string media_type(std::string_view content_type) {
    std::string type(content_type.substr(0, content_type.find(';')));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) {
        type.pop_back();
    }
    for (char& c : type) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return type;
}

boost::system::result<canonical_reading, dialects::refusal>
read_canonical(std::string_view content_type, std::string_view body, google::protobuf::Arena& arena) {
    canonical_reading result;
    result.reading.message_name = "canonical";
    auto* batch = google::protobuf::Arena::CreateMessage<v1::MessageBatch>(&arena);
    if (content_type == canonical_protobuf || content_type == "application/x-protobuf") {
        if (!batch->ParseFromArray(body.data(), static_cast<int>(body.size()))) {
            return malformed("", "不是有效的 tongban.v1.MessageBatch。", "Not a valid tongban.v1.MessageBatch.");
        }
        result.batch = true;
        append_events(*batch->mutable_events(), result.reading);
        return result;
    }

    if (body.starts_with("\xEF\xBB\xBF")) {
        body.remove_prefix(3);
    }
    const auto members = http::scan_members(body);
    const auto place = [&] { return "byte " + std::to_string(members.read); };
    if (!members.duplicate.empty()) {
        return malformed(place(), "JSON 中有重复的键：" + members.duplicate, "Duplicate key in JSON: " + members.duplicate);
    }
    if (members.error || members.read != body.size()) {
        return malformed(place(), "不是有效的 JSON。",
                         "Not valid JSON: " + (members.error ? members.error.message() : std::string("text after the value")));
    }
    const bool many = members.outermost.contains("events");

    google::protobuf::Message* target = batch;
    if (!many) {
        target = batch->add_events();
    }
    const auto status = google::protobuf::util::JsonStringToMessage(
        google::protobuf::StringPiece(body.data(), static_cast<std::ptrdiff_t>(body.size())), target);
    if (!status.ok()) {
        return does_not_fit(std::string(status.message()));
    }
    result.batch = many;
    append_events(*batch->mutable_events(), result.reading);
    if (!result.batch) {
        result.reading.events.front().row = 0;
    }
    return result;
}

} // namespace tongban::intake
