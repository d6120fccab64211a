// JSON: simdjson finds the structure and checks the UTF-8 with the best vector instructions of the machine it
// runs on; the walk over what it found is ours, because it must keep numbers as they were written, refuse
// duplicate keys and check every place, not only those that are asked for.
#include "connectors/dialects/key_set.hpp"
#include "connectors/dialects/readers.hpp"
#include "connectors/dialects/text.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

namespace tongban::dialects {

namespace {

// Where the structure of a text is: brackets, colons, commas and the first byte of each scalar outside
// strings.
class json_structure {
public:
    bool find(const char* text, std::size_t size) {
        if (!stages_ || stages_->capacity() < size || stages_->capacity() > kept) {
            stages_.reset();
            const std::size_t room = std::max<std::size_t>(size, least);
            if (simdjson::get_active_implementation()->create_dom_parser_implementation(
                    room, simdjson::DEFAULT_MAX_DEPTH, stages_) != simdjson::SUCCESS) {
                return false;
            }
        }
        return stages_->stage1(reinterpret_cast<const std::uint8_t*>(text), size,
                               simdjson::stage1_mode::regular) == simdjson::SUCCESS;
    }

    // Ascending; one more behind the last is the size of the text.
    const std::uint32_t* places() const { return stages_->structural_indexes.get(); }
    std::size_t count() const { return stages_->n_structural_indexes; }

    // The text of a string whose first byte is at `from`; null when an escape is wrong.
    char* unescape(const char* from, char* to) const {
        return reinterpret_cast<char*>(stages_->parse_string(reinterpret_cast<const std::uint8_t*>(from),
                                                             reinterpret_cast<std::uint8_t*>(to)));
    }

private:
    static constexpr std::size_t least = 16U << 10;
    static constexpr std::size_t kept = 1U << 20; // an idle thread keeps four times this at most
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stages_;
};

class json_walk {
public:
    json_walk(document& doc, const json_structure& structure, const char* text, bool escapes,
              parse_fault& fault)
        : doc_(doc), structure_(structure), text_(text), escapes_(escapes), fault_(fault),
          next_(structure.places()), end_(next_ + structure.count()) {}

    bool run(node_index at) {
        return value(at, 0) &&
               (next_ == end_ || broken(at, "JSON 之后还有内容", "content after the JSON value"));
    }

private:
    bool broken(node_index at, const char* zh, const char* en) {
        fault_ = malformed(doc_.place(at), zh, en);
        return false;
    }
    bool duplicate(node_index child) {
        const auto key = shown_key(doc_.at(child).name);
        fault_ = malformed(doc_.place(doc_.at(child).parent), "JSON 对象中有重复的键“" + key + "”",
                           "duplicate key '" + key + "' in a JSON object");
        return false;
    }
    static std::string shown_key(std::string_view key) {
        constexpr std::size_t longest = 64;
        auto end = std::min(key.size(), longest);
        while (end < key.size() && end > 0 && (static_cast<unsigned char>(key[end]) & 0xC0) == 0x80) {
            --end;
        }
        return std::string(key.substr(0, end)) + (end < key.size() ? "…" : "");
    }
    bool too_deep() {
        fault_ = nested_too_deep(doc_, place_in({text_, structure_.places()[structure_.count()]}, *next_));
        return false;
    }
    bool incomplete_object(node_index at) {
        return broken(at, "JSON 对象不完整", "JSON object is not complete");
    }

    // At the end of the text it is a blank, which nothing accepts.
    char peek() const { return text_[*next_]; }

    // Reads one value into node `at`; as deep as the document's bound.
    bool value(node_index at, std::uint32_t depth) {
        switch (peek()) {
        case '{':
            return object(at, depth);
        case '[':
            return array(at, depth);
        case '"':
            doc_.at(at).kind = node_kind::text;
            return string(at, doc_.at(at).text);
        default:
            return scalar(at);
        }
    }

    bool object(node_index at, std::uint32_t depth) {
        if (depth >= doc_.limits().depth) {
            return too_deep();
        }
        doc_.at(at).kind = node_kind::object;
        ++next_;
        if (peek() == '}') {
            ++next_;
            return true;
        }
        for (;; ++next_) {
            std::string_view key;
            if (peek() != '"') {
                return incomplete_object(at);
            }
            if (!string(at, key)) {
                return false;
            }
            if (peek() != ':') {
                return incomplete_object(at);
            }
            ++next_;
            const node_index child = doc_.add(at, key, node_kind::null);
            if (child == no_node) {
                fault_ = too_many_nodes(doc_);
                return false;
            }
            if (!value(child, depth + 1)) {
                return false;
            }
            if (peek() != ',') {
                break;
            }
        }
        if (peek() != '}') {
            return incomplete_object(at);
        }
        ++next_;
        thread_local key_set keys;
        const auto twice = keys.repeated(doc_, at);
        return twice == no_node || duplicate(twice);
    }

    bool array(node_index at, std::uint32_t depth) {
        if (depth >= doc_.limits().depth) {
            return too_deep();
        }
        doc_.at(at).kind = node_kind::list;
        ++next_;
        if (peek() == ']') {
            ++next_;
            return true;
        }
        for (;; ++next_) {
            const node_index child = doc_.add(at, {}, node_kind::null);
            if (child == no_node) {
                fault_ = too_many_nodes(doc_);
                return false;
            }
            if (!value(child, depth + 1)) {
                return false;
            }
            if (peek() != ',') {
                break;
            }
        }
        if (peek() != ']') {
            return broken(at, "JSON 数组不完整", "JSON array is not complete");
        }
        ++next_;
        return true;
    }

    // From a place of the structure to the next, without the blanks before that.
    std::string_view token() {
        const char* begin = text_ + *next_++;
        const char* end = text_ + *next_;
        while (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\r' || end[-1] == '\t') {
            --end;
        }
        return {begin, static_cast<std::size_t>(end - begin)};
    }

    // Between the quotes only an escape can hide anything: a control character is no structure.
    bool string(node_index at, std::string_view& out) {
        const auto quoted = token();
        if (quoted.size() < 2 || quoted.back() != '"') {
            return broken(at, "JSON 字符串不正确", "bad JSON string");
        }
        out = quoted.substr(1, quoted.size() - 2);
        if (!escapes_ || out.find('\\') == std::string_view::npos) {
            return true;
        }
        char* begin = doc_.allocate(out.size() + simdjson::SIMDJSON_PADDING);
        const char* end = structure_.unescape(out.data(), begin);
        if (end == nullptr) {
            return broken(at, "JSON 字符串不正确", "bad JSON string");
        }
        out = {begin, static_cast<std::size_t>(end - begin)};
        return out.find('\0') == std::string_view::npos ||
               broken(at, "文本中有空字符", "NUL character in a text");
    }

    bool scalar(node_index at) {
        if (next_ == end_) {
            return broken(at, "JSON 语法错误", "JSON syntax error");
        }
        const auto text = token();
        node& n = doc_.at(at);
        if (text == "true" || text == "false") {
            n.kind = node_kind::boolean;
        } else if (text == "null") {
            n.kind = node_kind::null;
            return true;
        } else if (is_json_number(text)) {
            n.kind = node_kind::number;
        } else if (text.front() == '-' || (text.front() >= '0' && text.front() <= '9')) {
            return broken(at, "JSON 数字不正确", "bad JSON number");
        } else {
            return broken(at, "JSON 语法错误", "JSON syntax error");
        }
        n.text = text;
        return true;
    }

    document& doc_;
    const json_structure& structure_;
    const char* text_;
    bool escapes_;
    parse_fault& fault_;
    const std::uint32_t* next_;
    const std::uint32_t* end_;
};

} // namespace

bool read_json(document& doc, node_index at, std::string_view text, parse_fault& fault) {
    thread_local json_structure structure;
    if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
        fault = malformed(place_in(text, nul), "报文中有空字符", "NUL byte in the message");
        return false;
    }
    char* padded = doc.allocate(text.size() + simdjson::SIMDJSON_PADDING);
    text.copy(padded, text.size());
    std::memset(padded + text.size(), ' ', simdjson::SIMDJSON_PADDING);
    doc.at(at).graft = format_kind::json;
    if (!structure.find(padded, text.size())) {
        fault =
            malformed(doc.place(at), "不是 JSON，或字符串未结束", "not JSON, or a string that does not end");
        return false;
    }
    const bool escapes = text.find('\\') != std::string_view::npos;
    return json_walk(doc, structure, padded, escapes, fault).run(at);
}

} // namespace tongban::dialects
