// Canonical JSON and Protobuf bodies.
#include "gateway/intake/canonical.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <google/protobuf/util/json_util.h>

#include <set>

namespace tongban::intake {

namespace {

// proto3 JSON takes a field by either of its names: dest_region, destRegion.
std::string camel_case(std::string_view key) {
    std::string name;
    bool upper = false;
    for (const char c : key) {
        if (c == '_') {
            upper = true;
            continue;
        }
        name.push_back(upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        upper = false;
    }
    return name;
}

// Refuses what a lenient JSON parser lets pass: the same key twice in an object, or both names of a field. Depth is bounded by the
// parser.
struct duplicate_key_finder {
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);

    using error_code = boost::system::error_code;
    using string_view = boost::json::string_view;

    std::vector<std::set<std::string, std::less<>>> keys;
    std::string part;      // of a key that came in pieces
    std::string duplicate; // the first one found
    bool has_events = false;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        keys.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, error_code&) {
        keys.pop_back();
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t, error_code&) { return true; }
    bool on_key_part(string_view s, std::size_t, error_code&) {
        part.append(s.data(), s.size());
        return true;
    }
    bool on_key(string_view s, std::size_t, error_code& ec) {
        part.append(s.data(), s.size());
        has_events = has_events || (keys.size() == 1 && part == "events");
        if (!keys.back().insert(camel_case(part)).second) {
            duplicate = part.substr(0, 64);
            ec = boost::json::error::syntax;
            return false;
        }
        part.clear();
        return true;
    }
    bool on_string_part(string_view, std::size_t, error_code&) { return true; }
    bool on_string(string_view, std::size_t, error_code&) { return true; }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t, string_view, error_code&) { return true; }
    bool on_uint64(std::uint64_t, string_view, error_code&) { return true; }
    bool on_double(double, string_view, error_code&) { return true; }
    bool on_bool(bool, error_code&) { return true; }
    bool on_null(error_code&) { return true; }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }
};

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
    boost::json::basic_parser<duplicate_key_finder> strict{boost::json::parse_options{}};
    boost::system::error_code ec;
    const auto consumed = strict.write_some(false, body.data(), body.size(), ec);
    if (!strict.handler().duplicate.empty()) {
        return malformed("byte " + std::to_string(consumed), "JSON 中有重复的键：" + strict.handler().duplicate,
                         "Duplicate key in JSON: " + strict.handler().duplicate);
    }
    if (ec || consumed != body.size()) {
        return malformed("byte " + std::to_string(consumed), "不是有效的 JSON。",
                         "Not valid JSON: " + (ec ? ec.message() : std::string("text after the value")));
    }

    google::protobuf::Message* target = batch;
    if (!strict.handler().has_events) {
        target = batch->add_events();
    }
    const auto status = google::protobuf::util::JsonStringToMessage(
        google::protobuf::StringPiece(body.data(), static_cast<std::ptrdiff_t>(body.size())), target);
    if (!status.ok()) {
        return does_not_fit(std::string(status.message()));
    }
    result.batch = strict.handler().has_events;
    append_events(*batch->mutable_events(), result.reading);
    if (!result.batch) {
        result.reading.events.front().row = 0;
    }
    return result;
}

} // namespace tongban::intake
