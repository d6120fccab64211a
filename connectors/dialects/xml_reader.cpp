// XML by pugixml, parsed in place in the document's memory, then flattened. No DTD, bounded depth and nodes.
#include "connectors/dialects/key_set.hpp"
#include "connectors/dialects/namespace_scope.hpp"
#include "connectors/dialects/readers.hpp"
#include "connectors/dialects/text.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <cstring>

namespace tongban::dialects {

namespace {

// Of one element. Rowsets that keep a record in attributes have some hundred.
constexpr std::uint32_t attributes_max = 1'000;
// Depth first without recursion: nesting is the sender's choice.
class xml_walk final : public pugi::xml_tree_walker {
public:
    // `text`: what was parsed, as it was.
    xml_walk(document& doc, std::string_view text, const std::vector<xml_namespace>& namespaces, parse_fault& fault)
        : doc_(doc), text_(text), scope_(namespaces), with_namespaces_(!namespaces.empty()), fault_(fault) {}

    bool run(pugi::xml_document& parsed, node_index at) {
        if (!document_element(parsed, at)) {
            return false;
        }
        open_.push_back({at});
        if (!parsed.traverse(*this)) {
            return false;
        }
        if (any_mixed_) {
            read_mixed(parsed.document_element());
        }
        return true;
    }

private:
    struct open_element {
        node_index node{};
        std::uint32_t pieces{}; // of its text
        bool words{};           // one of them is not blank
        bool elements{};        // below it
    };
    // Of the text of an element that has words of its own beside elements, in the text of the outermost such.
    struct mixed_range {
        node_index node{};
        std::size_t begin{};
        std::size_t end{};
    };

    bool for_each(pugi::xml_node& now) override {
        const auto type = now.type();
        const auto level = static_cast<std::size_t>(depth());
        if (type == pugi::node_pcdata || type == pugi::node_cdata) {
            text(now, open_[level]);
            return true;
        }
        if (type != pugi::node_element) {
            return true;
        }
        if (level >= doc_.limits().depth) {
            fault_ = nested_too_deep(doc_, place_of(now));
            return false;
        }
        const node_index me = element(now, open_[level].node, static_cast<std::uint32_t>(level + 1));
        open_.resize(level + 1);
        open_[level].elements = true;
        any_mixed_ = any_mixed_ || open_[level].words;
        open_.push_back({me});
        top_ = level == 0 ? me : top_;
        return me != no_node;
    }

    // A second piece joins all there are, once.
    void text(const pugi::xml_node& piece, open_element& in) {
        if (depth() == 0) {
            return; // outside the document's element
        }
        if (++in.pieces == 1) {
            doc_.at(in.node).text = piece.value();
        } else if (in.pieces == 2) {
            doc_.at(in.node).text = text_of(piece.parent());
        }
        in.words = in.words || !trim(piece.value()).empty();
        any_mixed_ = any_mixed_ || (in.words && in.elements);
    }

    // "决定<u>不</u>予同意" is read as the text of all that it holds, in order: without its child it says the opposite.
    // Seldom, so the walk only notes that there is such an element. Their texts lie in one another: each is kept once.
    void read_mixed(const pugi::xml_node& document_element) {
        std::string joined;
        std::vector<mixed_range> ranges;
        gather(document_element, top_, false, joined, ranges);
        const auto kept = doc_.keep(joined);
        for (const auto& range : ranges) {
            doc_.at(range.node).text = kept.substr(range.begin, range.end - range.begin);
            doc_.at(range.node).mixed = true;
        }
    }

    // As deep as the walk went, which is bounded. `inside`: its text belongs to an element above.
    void gather(const pugi::xml_node& element, node_index me, bool inside, std::string& joined,
                std::vector<mixed_range>& ranges) {
        const bool mixed = is_mixed(element);
        const auto begin = joined.size();
        node_index below = doc_.at(me).first_child;
        while (below != no_node && doc_.at(below).name.starts_with('@')) {
            below = doc_.at(below).next;
        }
        for (const auto child : element) {
            if (mixed || inside) {
                joined += blank_before(child);
            }
            if (child.type() == pugi::node_element) {
                gather(child, below, mixed || inside, joined, ranges);
                below = doc_.at(below).next;
            } else if (mixed || inside) {
                joined += child.value();
            }
        }
        if (mixed) {
            ranges.push_back({me, begin, joined.size()});
        }
    }

    static bool is_mixed(const pugi::xml_node& element) {
        bool words = false;
        bool elements = false;
        for (const auto child : element) {
            elements = elements || child.type() == pugi::node_element;
            words = words || (child.type() != pugi::node_element && !trim(child.value()).empty());
        }
        return words && elements;
    }

    // The parser drops texts that are all blanks: "<b>a</b> <b>b</b>" are two words.
    std::string_view blank_before(const pugi::xml_node& piece) const {
        constexpr std::size_t tag = 1;   // '<' before an element's name
        constexpr std::size_t cdata = 9; // "<![CDATA[" before its text
        const auto before = piece.previous_sibling();
        const auto offset = piece.offset_debug();
        if (offset < 0 || piece.type() == pugi::node_pcdata || (before && before.type() == pugi::node_pcdata)) {
            return {};
        }
        const auto end = static_cast<std::size_t>(offset) - (piece.type() == pugi::node_cdata ? cdata : tag);
        const auto last = text_.substr(0, end).find_last_not_of(" \t\r\n");
        return last == std::string_view::npos ? std::string_view() : text_.substr(last + 1, end - last - 1);
    }

    pugi::xml_node document_element(const pugi::xml_document& parsed, node_index at) {
        pugi::xml_node top;
        for (const auto child : parsed) {
            if (child.type() == pugi::node_doctype) {
                fault_ = malformed(place_of(child), "不接受带 DTD 的 XML", "XML with a DTD is not accepted");
                return {};
            }
            if (child.type() == pugi::node_element) {
                if (top) {
                    fault_ =
                        malformed(place_of(child), "XML 有多个根元素", "XML with more than one root element");
                    return {};
                }
                top = child;
            }
        }
        if (!top) {
            fault_ = malformed(doc_.place(at), "XML 没有根元素", "XML without a root element");
        }
        return top;
    }

    std::string place_of(const pugi::xml_node& in) const {
        const auto offset = in.offset_debug();
        return offset < 0 ? std::string() : place_in(text_, static_cast<std::size_t>(offset));
    }

    std::uint16_t split_name(std::string_view& name) const {
        const auto colon = name.find(':');
        const auto prefix = colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
        if (colon != std::string_view::npos) {
            name.remove_prefix(colon + 1);
        }
        return with_namespaces_ ? scope_.of(prefix) : 0;
    }

    node_index element(const pugi::xml_node& from, node_index parent, std::uint32_t depth) {
        if (with_namespaces_ && !scope_.enter(from, depth)) {
            const auto limit = std::to_string(bindings_max);
            fault_ = {errc::too_large, place_of(from), "同时生效的 XML 命名空间声明数超过上限 " + limit,
                      "more XML namespace declarations in force than the limit of " + limit};
            return no_node;
        }
        std::string_view name = from.name();
        const auto namespace_id = split_name(name);
        const node_index me = doc_.add(parent, name, node_kind::object);
        if (me == no_node) {
            fault_ = too_many_nodes(doc_);
            return no_node;
        }
        doc_.at(me).namespace_id = namespace_id;
        return attributes(from, me) ? me : no_node;
    }

    bool attributes(const pugi::xml_node& from, node_index me) {
        std::uint32_t count = 0;
        for (auto attribute = from.first_attribute(); attribute; attribute = attribute.next_attribute()) {
            if (++count > attributes_max) {
                const auto limit = std::to_string(attributes_max);
                fault_ = {errc::too_large, doc_.place(me), "XML 元素的属性数超过上限 " + limit,
                          "an XML element with more attributes than the limit of " + limit};
                return false;
            }
            if (!add_attribute(attribute, me)) {
                return false;
            }
        }
        auto twice = repeated_local_name(me);
        if (twice != no_node) { // seldom; a:x and b:x are two
            twice = repeated_attribute(from, me);
        }
        if (twice != no_node) {
            fault_ = malformed(doc_.place(me) + '/' + std::string(doc_.at(twice).name), "XML 属性重复",
                               "duplicate XML attribute");
        }
        return twice == no_node;
    }

    // The first that stands twice: by its whole name, or by its name in a namespace that the dialect knows.
    node_index repeated_attribute(const pugi::xml_node& from, node_index me) const {
        struct named {
            std::string_view name;
            std::uint16_t namespace_id;
            node_index node;
        };
        std::vector<named> whole; // as sent
        std::vector<named> local; // in a namespace that is known
        node_index node = me;     // attributes are the nodes behind their element
        for (const auto attribute : from.attributes()) {
            const std::string_view name = attribute.name();
            if (name != "xmlns" && !name.starts_with("xmlns:")) {
                whole.push_back({name, 0, ++node});
                if (const auto number = doc_.at(node).namespace_id; number != 0) {
                    local.push_back({doc_.at(node).name, number, node});
                }
            }
        }
        const auto key = [](const named& n) { return std::pair(n.namespace_id, n.name); };
        node_index first = no_node;
        for (auto* all : {&whole, &local}) {
            std::ranges::stable_sort(*all, {}, key);
            for (std::size_t i = 1; i < all->size(); ++i) {
                if (key((*all)[i - 1]) == key((*all)[i])) {
                    first = std::min(first, (*all)[i].node);
                }
            }
        }
        return first;
    }

    // Whether two have one name, whatever prefix. Of an element that has but attributes yet: they are the nodes behind it.
    // Few, as nearly always, are cheapest compared.
    node_index repeated_local_name(node_index me) const {
        constexpr node_index few = 8;
        const node_index end = doc_.size();
        if (end - me > few + 1) {
            thread_local key_set names;
            return names.repeated(doc_, me);
        }
        for (node_index second = me + 2; second < end; ++second) {
            for (node_index first = me + 1; first < second; ++first) {
                if (doc_.at(first).name == doc_.at(second).name) {
                    return second;
                }
            }
        }
        return no_node;
    }

    bool add_attribute(const pugi::xml_attribute& attribute, node_index me) {
        std::string_view name = attribute.name();
        if (name == "xmlns" || name.starts_with("xmlns:")) {
            return true;
        }
        std::uint16_t namespace_id = 0; // none without a prefix: xmlns="…" is of elements only
        if (const auto colon = name.find(':'); colon != std::string_view::npos) {
            namespace_id = with_namespaces_ ? scope_.of(name.substr(0, colon)) : std::uint16_t{0};
            name.remove_prefix(colon + 1);
        }
        char* marked = doc_.allocate(name.size() + 1);
        marked[0] = '@';
        std::memcpy(marked + 1, name.data(), name.size());
        const node_index made = doc_.add(me, {marked, name.size() + 1}, node_kind::text, attribute.value());
        if (made == no_node) {
            fault_ = too_many_nodes(doc_);
            return false;
        }
        doc_.at(made).namespace_id = namespace_id;
        return true;
    }

    std::string_view text_of(const pugi::xml_node& element) {
        std::string joined;
        for (const auto child : element) {
            if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
                joined += child.value();
            }
        }
        return doc_.keep(joined);
    }

    document& doc_;
    std::string_view text_;
    namespace_scope scope_;
    bool with_namespaces_;
    parse_fault& fault_;
    std::vector<open_element> open_; // by depth; the document itself first
    node_index top_{no_node};        // the document's element
    bool any_mixed_{};
};

// Where a NUL stands, or a reference to one: "&#0;" and its spellings would end a text early. npos: nowhere.
std::size_t find_nul(std::string_view text) {
    if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
        return nul;
    }
    for (auto at = text.find("&#"); at != std::string_view::npos; at = text.find("&#", at + 2)) {
        auto digits = text.substr(at + 2, 12);
        if (!digits.empty() && (digits[0] == 'x' || digits[0] == 'X')) {
            digits.remove_prefix(1);
        }
        const auto end = digits.find_first_not_of('0');
        if (end != 0 && end != std::string_view::npos && digits[end] == ';') {
            return at;
        }
    }
    return std::string_view::npos;
}

// The parser's own words, in Chinese too.
const char* chinese(pugi::xml_parse_status status) {
    switch (status) {
    case pugi::status_unrecognized_tag:
        return "无法识别的标签";
    case pugi::status_bad_pi:
        return "处理指令或声明有误";
    case pugi::status_bad_comment:
        return "注释有误";
    case pugi::status_bad_cdata:
        return "CDATA 段有误";
    case pugi::status_bad_doctype:
        return "DOCTYPE 有误";
    case pugi::status_bad_pcdata:
        return "文本有误";
    case pugi::status_bad_start_element:
        return "开始标签有误";
    case pugi::status_bad_attribute:
        return "属性有误";
    case pugi::status_bad_end_element:
        return "结束标签有误";
    case pugi::status_end_element_mismatch:
        return "开始标签与结束标签不一致";
    case pugi::status_no_document_element:
        return "没有根元素";
    case pugi::status_out_of_memory:
        return "内存不足";
    default:
        return "无法解析";
    }
}

} // namespace

bool read_xml(document& doc, node_index at, std::string_view text,
              const std::vector<xml_namespace>& namespaces, parse_fault& fault) {
    if (const auto nul = find_nul(text); nul != std::string_view::npos) {
        fault = malformed(place_in(text, nul), "报文中有空字符", "NUL character in the message");
        return false;
    }
    // Before parsing: a small text cannot hold too many elements.
    if (text.size() > doc.limits().nodes * 2UL &&
        static_cast<std::size_t>(std::count(text.begin(), text.end(), '<')) > doc.limits().nodes * 2UL) {
        fault = too_many_nodes(doc);
        return false;
    }
    doc.at(at).graft = format_kind::xml;
    char* bytes = doc.allocate(text.size() + 1);
    std::memcpy(bytes, text.data(), text.size());
    pugi::xml_document parsed;
    const auto result = parsed.load_buffer_inplace(
        bytes, text.size(), pugi::parse_default | pugi::parse_doctype, pugi::encoding_utf8);
    if (!result) {
        fault = malformed(place_in(text, static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.offset, 0))),
                          std::string("XML 不完整或不正确：") + chinese(result.status),
                          std::string("XML is not complete or not well-formed: ") + result.description());
        return false;
    }
    return xml_walk(doc, text, namespaces, fault).run(parsed, at);
}

} // namespace tongban::dialects
