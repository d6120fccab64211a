// JSON by simdjson's on-demand parser, walked to the end: it validates only what is visited. Numbers keep
// their text.
#include "connectors/dialects/readers.hpp"
#include "connectors/dialects/text.hpp"

#include <simdjson.h>

#include <cstring>

namespace tongban::dialects {

namespace {

namespace ondemand = simdjson::ondemand;

// Finds a key that stands twice in one object. One table per thread, cleared by stamping.
class key_set {
public:
    bool repeats(const document& doc, node_index object) {
        std::size_t count = 0;
        for (node_index c = doc.at(object).first_child; c != no_node; c = doc.at(c).next) {
            ++count;
        }
        if (count <= 12) {
            return repeats_by_scan(doc, object);
        }
        std::size_t size = 32;
        while (size < count * 2) {
            size *= 2;
        }
        if (slots_.size() < size) {
            slots_.assign(size, {});
            stamp_ = 0;
        }
        if (++stamp_ == 0) {
            slots_.assign(slots_.size(), {});
            stamp_ = 1;
        }
        for (node_index c = doc.at(object).first_child; c != no_node; c = doc.at(c).next) {
            for (std::uint64_t at = name_hash(doc.at(c).name);; ++at) {
                slot& s = slots_[at & (slots_.size() - 1)];
                if (s.stamp != stamp_) {
                    s = {stamp_, c};
                    break;
                }
                if (doc.at(s.child).name == doc.at(c).name) {
                    return true;
                }
            }
        }
        return false;
    }

private:
    static bool repeats_by_scan(const document& doc, node_index object) {
        for (node_index a = doc.at(object).first_child; a != no_node; a = doc.at(a).next) {
            for (node_index b = doc.at(a).next; b != no_node; b = doc.at(b).next) {
                if (doc.at(a).name == doc.at(b).name) {
                    return true;
                }
            }
        }
        return false;
    }

    struct slot {
        std::uint32_t stamp{};
        node_index child{};
    };
    std::vector<slot> slots_;
    std::uint32_t stamp_{};
};

class json_walk {
public:
    json_walk(document& doc, parse_fault& fault) : doc_(doc), fault_(fault) {}

    // Reads one value into node `at`. `value` is an ondemand::value or the document.
    template <class Value>
    bool read(Value& value, node_index at, std::uint32_t depth) {
        ondemand::json_type type;
        if (value.type().get(type) != simdjson::SUCCESS) {
            return broken(at, "JSON 语法错误", "JSON syntax error");
        }
        switch (type) {
        case ondemand::json_type::object:
            return object(value, at, depth);
        case ondemand::json_type::array:
            return array(value, at, depth);
        case ondemand::json_type::string:
            return string(value, at);
        case ondemand::json_type::number:
            return number(value, at);
        case ondemand::json_type::boolean:
            return boolean(value, at);
        case ondemand::json_type::null:
            return null(value, at);
        }
        return broken(at, "JSON 语法错误", "JSON syntax error");
    }

    bool broken(node_index at, const char* zh, const char* en) {
        fault_ = malformed(doc_.place(at), zh, en);
        return false;
    }

private:
    template <class Value>
    bool object(Value& value, node_index at, std::uint32_t depth) {
        ondemand::object members;
        if (depth >= doc_.limits().depth) {
            fault_ = nested_too_deep(doc_);
            return false;
        }
        if (value.get_object().get(members) != simdjson::SUCCESS) {
            return broken(at, "JSON 对象不完整", "JSON object is not complete");
        }
        doc_.at(at).kind = node_kind::object;
        for (auto member : members) {
            ondemand::field field;
            std::string_view key;
            if (std::move(member).get(field) != simdjson::SUCCESS ||
                field.unescaped_key().get(key) != simdjson::SUCCESS) {
                return broken(at, "JSON 对象不完整", "JSON object is not complete");
            }
            const node_index child = doc_.add(at, key, node_kind::null);
            if (child == no_node) {
                fault_ = too_many_nodes(doc_);
                return false;
            }
            ondemand::value inner = field.value();
            if (!read(inner, child, depth + 1)) {
                return false;
            }
        }
        thread_local key_set keys;
        return !keys.repeats(doc_, at) ||
               broken(at, "JSON 对象中有重复的键", "duplicate key in a JSON object");
    }

    template <class Value>
    bool array(Value& value, node_index at, std::uint32_t depth) {
        ondemand::array items;
        if (depth >= doc_.limits().depth) {
            fault_ = nested_too_deep(doc_);
            return false;
        }
        if (value.get_array().get(items) != simdjson::SUCCESS) {
            return broken(at, "JSON 数组不完整", "JSON array is not complete");
        }
        doc_.at(at).kind = node_kind::list;
        for (auto item : items) {
            ondemand::value inner;
            if (std::move(item).get(inner) != simdjson::SUCCESS) {
                return broken(at, "JSON 数组不完整", "JSON array is not complete");
            }
            const node_index child = doc_.add(at, {}, node_kind::null);
            if (child == no_node) {
                fault_ = too_many_nodes(doc_);
                return false;
            }
            if (!read(inner, child, depth + 1)) {
                return false;
            }
        }
        return true;
    }

    template <class Value>
    bool string(Value& value, node_index at) {
        std::string_view text;
        if (value.get_string().get(text) != simdjson::SUCCESS) {
            return broken(at, "JSON 字符串不正确", "bad JSON string");
        }
        if (text.find('\0') != std::string_view::npos) {
            return broken(at, "文本中有空字符", "NUL character in a text");
        }
        doc_.at(at).kind = node_kind::text;
        doc_.at(at).text = text;
        return true;
    }

    template <class Value>
    bool number(Value& value, node_index at) {
        std::string_view token;
        if constexpr (requires { value.raw_json_token().get(token); }) {
            if (value.raw_json_token().get(token) != simdjson::SUCCESS) {
                return broken(at, "JSON 数字不正确", "bad JSON number");
            }
        } else {
            token = value.raw_json_token();
        }
        token = trim(token);
        if (!is_json_number(token)) {
            return broken(at, "JSON 数字不正确", "bad JSON number");
        }
        doc_.at(at).kind = node_kind::number;
        doc_.at(at).text = token;
        return true;
    }

    template <class Value>
    bool boolean(Value& value, node_index at) {
        bool is_true = false;
        if (value.get_bool().get(is_true) != simdjson::SUCCESS) {
            return broken(at, "JSON 语法错误", "JSON syntax error");
        }
        doc_.at(at).kind = node_kind::boolean;
        doc_.at(at).text = is_true ? "true" : "false";
        return true;
    }

    template <class Value>
    bool null(Value& value, node_index at) {
        bool is_null = false;
        if (value.is_null().get(is_null) != simdjson::SUCCESS || !is_null) {
            return broken(at, "JSON 语法错误", "JSON syntax error");
        }
        doc_.at(at).kind = node_kind::null;
        return true;
    }

    document& doc_;
    parse_fault& fault_;
};

// Texts of the nodes that were added live in the parser: embedded documents reuse it, so they are copied.
void keep_texts(document& doc, node_index at, node_index from) {
    doc.at(at).text = doc.keep(doc.at(at).text);
    for (node_index i = from; i < doc.size(); ++i) {
        doc.at(i).name = doc.keep(doc.at(i).name);
        doc.at(i).text = doc.keep(doc.at(i).text);
    }
}

} // namespace

bool read_json(document& doc, node_index at, std::string_view text, parse_fault& fault) {
    thread_local ondemand::parser outer_parser;
    thread_local ondemand::parser inner_parser;
    auto& parser = at == 0 ? outer_parser : inner_parser;
    if (text.find('\0') != std::string_view::npos) {
        fault = malformed("", "报文中有空字符", "NUL byte in the message");
        return false;
    }
    char* padded = doc.allocate(text.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(padded, text.data(), text.size());
    std::memset(padded + text.size(), ' ', simdjson::SIMDJSON_PADDING);
    doc.at(at).graft = format_kind::json;
    const node_index first = doc.size();
    ondemand::document root;
    json_walk walk(doc, fault);
    const auto view =
        simdjson::padded_string_view(padded, text.size(), text.size() + simdjson::SIMDJSON_PADDING);
    if (parser.iterate(view).get(root) != simdjson::SUCCESS) {
        return walk.broken(at, "不是 JSON，或字符串未结束", "not JSON, or a string that does not end");
    }
    if (!walk.read(root, at, 0)) {
        return false;
    }
    if (!root.current_location().error()) {
        return walk.broken(at, "JSON 之后还有内容", "content after the JSON value");
    }
    if (at != 0) {
        keep_texts(doc, at, first);
    }
    return true;
}

} // namespace tongban::dialects
