// Every stage is bounded by the document's limits; what is decoded is kept in the document's memory.
#include "connectors/dialects/framing.hpp"

#include "connectors/dialects/text.hpp"

#include <simdjson.h>
#include <zlib.h>

#include <algorithm>
#include <map>

namespace tongban::dialects {

namespace {

bool looks_like(format_kind format, std::string_view body) {
    if (body.starts_with("\xEF\xBB\xBF")) {
        body.remove_prefix(3);
    }
    const auto begin = body.find_first_not_of(" \t\r\n");
    const char first = begin == std::string_view::npos ? '\0' : body[begin];
    switch (format) {
    case format_kind::xml:
        return first == '<';
    case format_kind::json:
        return first == '{' || first == '[' || first == '"';
    case format_kind::multipart:
        return body.starts_with("--");
    case format_kind::form:
        return first != '<' && first != '{' && first != '[' && body.find('=') != std::string_view::npos;
    case format_kind::csv:
        return first != '<' && first != '{';
    case format_kind::none:
        break;
    }
    return false;
}

bool same_media_type(std::string_view lower, std::string_view given) {
    return std::equal(lower.begin(), lower.end(), given.begin(), given.end(),
                      [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

// By content type when there is one, else by the first character; between equals the first that looks right.
bool choose_wire(const dialect_plan& plan, const wire_message& message, std::uint32_t& wire,
                 parse_fault& fault) {
    const auto type = trim(message.content_type.substr(0, message.content_type.find(';')));
    for (const bool strict : {true, false}) {
        for (std::uint32_t i = 0; i < plan.wires.size(); ++i) {
            const auto& types = plan.wires[i].media_types;
            const bool named =
                type.empty() || std::any_of(types.begin(), types.end(),
                                            [&](const std::string& t) { return same_media_type(t, type); });
            if (named && (!strict || !plan.wires[i].codecs.empty() ||
                          looks_like(plan.wires[i].format.kind, message.body))) {
                wire = i;
                return true;
            }
        }
    }
    std::string known;
    for (const auto& one : plan.wires) {
        for (const auto& t : one.content_types) {
            known += (known.empty() ? "" : ", ") + t;
        }
    }
    const std::string given(type);
    fault = {errc::unsupported_content_type, "Content-Type", "不接受的内容类型 " + given + "，可用：" + known,
             "content type " + given + " is not accepted; known: " + known};
    return false;
}

// `at_bound`: the text would be longer than `most`.
bool inflate_gzip(std::string_view in, std::size_t most, std::string& out, bool& at_bound) {
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 32) != Z_OK) {
        return false;
    }
    out.clear();
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream.avail_in = static_cast<uInt>(in.size());
    int state = Z_OK;
    while (state == Z_OK && out.size() <= most) {
        const std::size_t used = out.size();
        out.resize(std::min(most + 1, used + 64 * 1024));
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        stream.avail_out = static_cast<uInt>(out.size() - used);
        state = inflate(&stream, Z_NO_FLUSH);
        out.resize(out.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    at_bound = out.size() > most;
    return state == Z_STREAM_END && !at_bound;
}

// A JSON string literal's text; anything else stays as it is: some peers encode twice only sometimes.
bool unwrap_json_string(std::string_view in, std::string& out) {
    in = trim(in);
    if (!in.starts_with('"')) {
        out = in;
        return true;
    }
    thread_local simdjson::ondemand::parser parser;
    const simdjson::padded_string padded(in);
    simdjson::ondemand::document root;
    std::string_view text;
    if (parser.iterate(padded).get(root) != simdjson::SUCCESS ||
        root.get_string().get(text) != simdjson::SUCCESS) {
        return false;
    }
    out = text;
    return true;
}

parse_fault wrong_bytes(charset c, std::string_view bytes, std::size_t bad) {
    const auto line = std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bad), '\n') + 1;
    return {errc::wrong_encoding, "byte " + std::to_string(bad) + " (line " + std::to_string(line) + ')',
            "报文的编码不是 " + std::string(charset_name(c)),
            "the bytes are not " + std::string(charset_name(c))};
}

parse_fault inflated_too_large(const document& doc) {
    const auto limit = std::to_string(doc.limits().inflated);
    return {errc::too_large, "", "报文解压后合计超过上限 " + limit + " 字节",
            "the message's compressed texts are larger than the limit of " + limit + " bytes together"};
}

// Runs the codecs over `bytes`; the result lives in the document. `as` is the charset when no codec names
// one.
bool run_codecs(const std::vector<codec_step>& codecs, charset as, bool decode_text, document& doc,
                std::string_view& bytes, parse_fault& fault) {
    std::string scratch;
    bool is_text = !decode_text;
    for (const auto& codec : codecs) {
        bool ok = true;
        std::string_view text;
        std::size_t bad = 0;
        switch (codec.kind) {
        case codec_kind::base64:
            ok = decode_base64(bytes, scratch);
            is_text = false;
            break;
        case codec_kind::gzip:
            if (bool at_bound = false; !inflate_gzip(bytes, doc.may_inflate(), scratch, at_bound)) {
                if (at_bound) {
                    fault = inflated_too_large(doc);
                    return false;
                }
                ok = false;
            }
            doc.count_inflated(ok ? scratch.size() : 0);
            is_text = false;
            break;
        case codec_kind::json_string:
            ok = unwrap_json_string(bytes, scratch);
            break;
        case codec_kind::charset:
            if (!to_utf8(codec.from, bytes, scratch, text, bad)) {
                fault = wrong_bytes(codec.from, bytes, bad);
                return false;
            }
            is_text = true;
            bytes = doc.keep(text);
            continue;
        }
        if (!ok) {
            fault = malformed("", "内容无法解码（base64、gzip 或 JSON 字符串）",
                              "the content cannot be decoded (base64, gzip or JSON string)");
            return false;
        }
        bytes = doc.keep(scratch);
    }
    if (!is_text) {
        std::string_view text;
        std::size_t bad = 0;
        if (!to_utf8(as, bytes, scratch, text, bad)) {
            fault = wrong_bytes(as, bytes, bad);
            return false;
        }
        bytes = text.data() == scratch.data() ? doc.keep(text) : text;
    }
    return true;
}

bool parse_format(const dialect_plan& plan, const format_spec& format, charset as,
                  std::string_view content_type, std::string_view bytes, document& doc, node_index at,
                  parse_fault& fault) {
    switch (format.kind) {
    case format_kind::json:
        return read_json(doc, at, bytes, fault);
    case format_kind::xml:
        return read_xml(doc, at, bytes, plan.namespaces, fault);
    case format_kind::csv:
        return read_csv(doc, at, bytes, format.csv, fault);
    case format_kind::form:
        return read_form(doc, at, bytes, as, format.form, fault);
    case format_kind::multipart:
        return read_multipart(doc, at, bytes, content_type, as, fault);
    case format_kind::none:
        break;
    }
    return false;
}

void concat_parts(const wire_plan& wire, document& doc) {
    for (const auto& concat : wire.concats) {
        std::string whole;
        for (const auto& part : concat.parts) {
            std::vector<node_index> found;
            find_all(doc, part, {0, 0}, found);
            for (const node_index i : found) {
                whole += doc.at(i).text;
                doc.at(i).used = true;
            }
        }
        if (const node_index made = doc.add(0, concat.into, node_kind::text, doc.keep(whole));
            made != no_node) {
            doc.at(made).binary = true; // not yet known to be text
        }
    }
}

bool unfold_embeds(const dialect_plan& plan, const wire_plan& wire, document& doc, parse_fault& fault) {
    std::vector<node_index> places;
    for (const auto& embed : wire.embeds) {
        places.clear();
        find_all(doc, embed.at, {0, 0}, places);
        for (const node_index at : places) {
            auto bytes = doc.at(at).binary ? doc.at(at).text : trim(doc.at(at).text);
            doc.at(at).used = true;
            if (bytes.empty()) {
                continue;
            }
            const bool raw = doc.at(at).binary;
            if (run_codecs(embed.codecs, raw ? wire.bytes : charset::utf8, raw, doc, bytes, fault) &&
                parse_format(plan, embed.format, charset::utf8, {}, bytes, doc, at, fault)) {
                doc.at(at).binary = false;
                continue;
            }
            if (fault.code != errc::malformed && fault.code != errc::wrong_encoding) {
                return false;
            }
            if (!fault.place.empty()) { // inside the embedded document
                fault.message_zh += "（" + fault.place + "）";
                fault.message_en += " (" + fault.place + ')';
            }
            doc.failures.push_back({at, fault.message_zh, fault.message_en});
        }
    }
    return true;
}

void join_rows(const wire_plan& wire, document& doc) {
    const auto key_of = [&](node_index row, const std::string& name) -> std::string_view {
        for (node_index c = doc.at(row).first_child; c != no_node; c = doc.at(c).next) {
            if (doc.at(c).name == name) {
                doc.at(c).used = true;
                return trim(doc.at(c).text);
            }
        }
        return {};
    };
    for (const auto& join : wire.joins) {
        std::vector<node_index> rows;
        std::vector<node_index> details;
        find_all(doc, join.each, {0, 0}, rows);
        find_all(doc, join.with, {0, 0}, details);
        std::map<std::string_view, node_index> by_key; // ordered: keys cannot be made to collide
        for (const node_index row : rows) {
            by_key.emplace(key_of(row, join.key), row);
        }
        std::uint32_t number = 0;
        node_index left = no_node;
        for (const node_index detail : details) {
            ++number;
            const auto key = key_of(detail, join.match);
            if (const auto row = by_key.find(key); row != by_key.end() && !key.empty()) {
                left = doc.move(detail, row->second, join.as, number, left);
            } else {
                left = detail;
                doc.number_row(detail, number);
                doc.orphans.push_back({detail, "没有与之对应的记录：" + join.match,
                                       "no record that this row belongs to, by " + join.match});
            }
        }
    }
    doc.order_moved();
}

} // namespace

bool decode_message(const dialect_plan& plan, const wire_message& message, document& doc,
                    std::uint32_t& wire_number, parse_fault& fault) {
    doc.clear(plan.names, plan.limits);
    return choose_wire(plan, message, wire_number, fault) &&
           decode_as(plan, plan.wires[wire_number], message, doc, fault);
}

bool decode_as(const dialect_plan& plan, const wire_plan& wire, const wire_message& message, document& doc,
               parse_fault& fault) {
    doc.clear(plan.names, plan.limits);
    const bool by_field = wire.format.kind == format_kind::form || wire.format.kind == format_kind::multipart;
    auto bytes = message.body;
    thread_local std::string decoded;
    if (wire.codecs.empty() && !by_field) {
        std::size_t bad = 0;
        if (!to_utf8(wire.bytes, message.body, decoded, bytes, bad)) {
            fault = wrong_bytes(wire.bytes, message.body, bad);
            return false;
        }
    } else if (!run_codecs(wire.codecs, wire.bytes, !by_field, doc, bytes, fault)) {
        return false;
    }
    if (!parse_format(plan, wire.format, wire.bytes, message.content_type, bytes, doc, 0, fault)) {
        return false;
    }
    if (wire.signature && !signature_holds(*wire.signature, doc, fault)) {
        return false;
    }
    if (!wire.concats.empty()) {
        concat_parts(wire, doc);
    }
    if (!unfold_embeds(plan, wire, doc, fault)) {
        return false;
    }
    join_rows(wire, doc);
    doc.may_take(message.body.size());
    return true;
}

void append_json_text(const document& doc, node_index i, std::string& out) {
    const node& n = doc.at(i);
    switch (n.kind) {
    case node_kind::null:
        out += "null";
        return;
    case node_kind::number:
    case node_kind::boolean:
        out += n.text;
        return;
    case node_kind::text:
        out += '"';
        append_json_escaped(n.text, out);
        out += '"';
        return;
    case node_kind::object:
    case node_kind::list:
        break;
    }
    const bool list = n.kind == node_kind::list;
    out += list ? '[' : '{';
    for (node_index c = n.first_child; c != no_node; c = doc.at(c).next) {
        out += c == n.first_child ? "" : ",";
        if (!list) {
            out += '"';
            append_json_escaped(doc.at(c).name, out);
            out += "\":";
        }
        append_json_text(doc, c, out); // as deep as the document, which is bounded
    }
    out += list ? ']' : '}';
}

} // namespace tongban::dialects
