// From the tree of a message to its bytes: rows go back to their own files, embedded documents become texts, innermost
// first, then the signature and the outermost format. What some format on the way cannot say ends it.
#include "connectors/dialects/framing.hpp"
#include "connectors/dialects/rule_writer.hpp"
#include "connectors/dialects/text.hpp"
#include "connectors/dialects/writer.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {

bool can_escape(format_kind format) {
    return format == format_kind::json || format == format_kind::xml;
}

// The charset that a pipeline itself makes of its text; null when that is left to what is around it.
const charset* charset_of(const std::vector<codec_step>& codecs) {
    constexpr static charset plain = charset::utf8;
    const charset* found = nullptr;
    for (const auto& codec : codecs) { // the innermost decides
        if (codec.kind == codec_kind::charset) {
            found = &codec.from;
        } else if (codec.kind != codec_kind::json_string) {
            found = &plain; // bytes of its own
        }
    }
    return found;
}

// The embed whose document `inner` lies in; null when that is the message itself.
const embed_spec* around(const wire_plan& wire, const embed_spec& inner) {
    const embed_spec* found = nullptr;
    for (const auto& one : wire.embeds) {
        const auto& above = one.at.steps;
        const auto& below = inner.at.steps;
        const bool holds = above.size() < below.size() &&
                           std::equal(above.begin(), above.end(), below.begin(), [](const path_step& a, const path_step& b) {
                               return a.kind == step_kind::any || a.name == b.name;
                           });
        if (holds && (found == nullptr || found->at.steps.size() < above.size())) {
            found = &one;
        }
    }
    return found;
}

class message_printer {
public:
    message_printer(const dialect_plan& plan, const wire_plan& wire, out_tree& tree)
        : plan_(plan), wire_(wire), tree_(tree), fault_(tree.unwritable) {}

    boost::system::result<dialect::writing, refusal> run() {
        part_rows();
        for (auto embed = wire_.embeds.rbegin(); embed != wire_.embeds.rend(); ++embed) {
            fold(*embed);
        }
        for (const auto& concat : wire_.concats) {
            spread(concat);
        }
        if (wire_.signature) {
            add_signature();
        }
        dialect::writing out;
        const std::string boundary = "tongban-" + random_uuid();
        const auto encoding = encoding_in(wire_, nullptr);
        print(wire_.format, tree_.root(), wire_.bytes, encoding.bytes, encoding, boundary, out.body);
        encode(wire_.codecs, out.body);
        if (fault_.found()) {
            const auto& [field, why] = fault_;
            return refusal{errc::cannot_be_written, field, field + "：" + why.zh, field + ": " + why.en};
        }
        out.content_type = wire_.content_types.front();
        if (wire_.format.kind == format_kind::multipart) {
            out.content_type = media_type(out.content_type) + "; boundary=" + boundary;
        } else if (out.content_type.find("charset") == std::string::npos &&
                   wire_.format.kind != format_kind::form && wire_.codecs.empty()) {
            out.content_type += "; charset=" + std::string(charset_name(wire_.bytes));
        }
        return out;
    }

private:
    // `bytes`: what is made of the text here; `declared`: what XML says of itself; `target`: what it becomes at last.
    void print(const format_spec& format, out_node& at, charset bytes, charset declared, text_encoding target,
               const std::string& boundary, std::string& out) {
        std::string text;
        const auto begin = out.size();
        switch (format.kind) {
        case format_kind::json:
        case format_kind::xml:
            if (format.kind == format_kind::json) {
                print_json(at, format.strings_only, text);
            } else {
                print_xml(at, format, declared, target, plan_.namespaces, text, fault_);
            }
            if (bytes == target.bytes && from_utf8(bytes, text, out) == 0) { // nearly always
                return;
            }
            out.resize(begin);
            escape_lacking(target.bytes, format.kind == format_kind::json ? escape_style::json : escape_style::xml, text);
            break;
        case format_kind::csv:
            print_csv(at, format.csv, target, text, fault_);
            break;
        case format_kind::form:
            print_form(at, format, bytes, target, out, fault_);
            return;
        case format_kind::multipart:
            print_multipart(at, bytes, boundary, out, fault_);
            return;
        case format_kind::none:
            return;
        }
        from_utf8(bytes, text, out);
    }

    // An embedded document becomes the text of its node.
    void fold(const embed_spec& embed) {
        std::vector<out_node*> places;
        match_nodes(tree_.root(), embed.at, places);
        const auto* outer = around(wire_, embed);
        const auto holder = outer == nullptr ? wire_.format.kind : outer->format.kind;
        const bool has_attributes = holder == format_kind::xml || holder == format_kind::multipart;
        for (auto* at : places) {
            std::vector<out_node*> attributes; // of what holds the document: an element's, or a part's headers
            std::vector<out_node*> inner;
            for (auto* child : at->children) {
                const bool outside = child->name.starts_with('@') && (has_attributes || embed.format.kind != format_kind::json);
                (outside ? attributes : inner).push_back(child);
            }
            if (inner.empty() && at->kind != node_kind::list) {
                continue;
            }
            at->children = inner;
            std::string text;
            const bool raw = std::any_of(attributes.begin(), attributes.end(),
                                         [](const out_node* a) { return a->name == "@filename"; });
            // A file part keeps the bytes of its own charset; other texts are encoded with the whole.
            const bool own_charset = std::any_of(embed.codecs.begin(), embed.codecs.end(),
                                                 [](const codec_step& c) { return c.kind == codec_kind::charset; });
            const auto encoding = encoding_in(wire_, &embed);
            print(embed.format, *at, charset::utf8, own_charset || raw ? encoding.bytes : charset::utf8, encoding, "", text);
            if (raw && !own_charset) { // before it is packed: bytes of gzip have no charset
                std::string bytes;
                from_utf8(wire_.bytes, text, bytes);
                text = std::move(bytes);
            }
            encode(embed.codecs, text);
            at->children = attributes;
            at->text = std::move(text);
            at->has_text = true;
            at->kind = node_kind::text;
            at->cdata = embed.cdata;
        }
    }

    void spread(const concat_spec& concat) {
        auto& top = tree_.root();
        const auto whole = std::find_if(top.children.begin(), top.children.end(),
                                        [&](const out_node* n) { return n->name == concat.into; });
        if (whole == top.children.end() || concat.parts.empty()) {
            return;
        }
        const std::string text = (*whole)->text;
        top.children.erase(whole);
        if (auto* first = tree_.reach(concat.parts.front(), {&top, &top})) {
            first->text = text;
            first->has_text = true;
            first->kind = node_kind::text;
        }
    }

    // Rows that were joined under another go back to their own file, with the key.
    void part_rows() {
        for (const auto& join : wire_.joins) {
            std::vector<out_node*> rows;
            match_nodes(tree_.root(), join.each, rows);
            path holder = join.with;
            const auto last = holder.steps.back();
            holder.steps.pop_back();
            out_node* to = nullptr;
            for (auto* row : rows) {
                std::vector<out_node*> details;
                std::string key;
                for (auto* child : row->children) {
                    if (child->name == join.as) {
                        details.push_back(child);
                    }
                    key = child->name == join.key ? child->text : key;
                }
                std::erase_if(row->children, [&](const out_node* c) { return c->name == join.as; });
                for (auto* detail : details) {
                    to = to == nullptr ? tree_.reach(holder, {&tree_.root(), &tree_.root()}) : to;
                    const auto entries =
                        detail->kind == node_kind::list ? detail->children : std::vector{detail};
                    for (auto* entry : entries) {
                        entry->name = last.kind == step_kind::any ? "" : last.name;
                        entry->parent = to;
                        to->children.push_back(entry);
                        auto& link = tree_.add(*entry, join.match);
                        link.text = key;
                        link.has_text = true;
                        link.kind = node_kind::text;
                        std::rotate(entry->children.begin(), entry->children.end() - 1,
                                    entry->children.end());
                    }
                }
            }
        }
    }

    void add_signature() {
        auto* field = tree_.reach(wire_.signature->field, {&tree_.root(), &tree_.root()});
        if (field == nullptr || field->parent == nullptr) {
            return;
        }
        std::vector<std::pair<std::string, std::string>> fields;
        for (const auto* sibling : field->parent->children) {
            if (sibling != field) {
                std::string value = sibling->text;
                if (!sibling->children.empty()) {
                    print_json(*sibling, false, value);
                }
                fields.emplace_back(sibling->name, std::move(value));
            }
        }
        field->text = sign(*wire_.signature, std::move(fields));
        field->has_text = true;
        field->kind = node_kind::text;
    }

    const dialect_plan& plan_;
    const wire_plan& wire_;
    out_tree& tree_;
    unwritable_text& fault_;
};

} // namespace

text_encoding encoding_in(const wire_plan& wire, const embed_spec* in) {
    if (in == nullptr) {
        const auto* own = charset_of(wire.codecs);
        return {own != nullptr && *own != charset::utf8 ? *own : wire.bytes, false};
    }
    if (const auto* own = charset_of(in->codecs)) {
        return {*own, false};
    }
    const auto* outer = around(wire, *in);
    auto encoding = encoding_in(wire, outer);
    encoding.escapes = encoding.escapes || can_escape(outer == nullptr ? wire.format.kind : outer->format.kind);
    return encoding;
}

boost::system::result<dialect::writing, refusal> print_message(const dialect_plan& plan, const wire_plan& wire, out_tree& tree) {
    return message_printer(plan, wire, tree).run();
}

} // namespace tongban::dialects
