// `wire:` how the bytes are framed: charset, format, documents inside texts, joins, signature.
#include "connectors/dialects/known_values.hpp"
#include "connectors/dialects/plan_loader.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace tongban::dialects {

namespace {

charset load_charset(const yaml_place& at, charset fallback) {
    charset c = fallback;
    if (at.present() && !parse_charset(at.text(), c)) {
        at.wrong("未知字符集“" + at.text() + "”：UTF-8、GB18030、GBK、GB2312",
                 "unknown charset '" + at.text() + "': UTF-8, GB18030, GBK, GB2312");
    }
    prepare(c);
    return c;
}

format_kind format_by_name(std::string_view name) {
    constexpr std::pair<std::string_view, format_kind> names[] = {{"json", format_kind::json},
                                                                  {"xml", format_kind::xml},
                                                                  {"csv", format_kind::csv},
                                                                  {"form", format_kind::form},
                                                                  {"multipart", format_kind::multipart}};
    const auto found =
        std::find_if(std::begin(names), std::end(names), [&](const auto& n) { return n.first == name; });
    return found == std::end(names) ? format_kind::none : found->second;
}

char load_character(const yaml_place& at, char fallback) {
    const auto text = at.text(std::string(1, fallback));
    if (text.size() != 1) {
        at.wrong("应为一个 ASCII 字符（全角字符如“：”不能分隔）", "expected one ASCII character, which full-width ones are not");
        return fallback;
    }
    return text[0];
}

void load_format_options(const yaml_place& options, format_spec& format) {
    switch (format.kind) {
    case format_kind::json:
        options.only({"strings_only"});
        format.strings_only = options["strings_only"].flag(false);
        break;
    case format_kind::xml:
        options.only({"declaration"});
        format.declaration = options["declaration"].flag(true);
        break;
    case format_kind::csv:
        options.only({"delimiter", "header", "columns"});
        format.csv.delimiter = load_character(options["delimiter"], ',');
        format.csv.header = options["header"].flag(true);
        format.csv.columns = options["columns"].texts();
        if (!format.csv.header && format.csv.columns.empty()) {
            options.wrong("没有表头的 CSV 须有 columns: [列名…]", "a CSV without header needs columns: [names…]");
        }
        break;
    case format_kind::form:
        options.only({"pair", "separator", "percent"});
        format.form.pair = load_character(options["pair"], '=');
        format.form.separator = load_character(options["separator"], '&');
        format.form.percent = options["percent"].flag(true);
        break;
    default:
        options.wrong("该格式没有选项", "this format takes no options");
    }
}

// One entry of a pipeline: a codec or, last, a format. False when it was told to be wrong.
bool load_stage(const yaml_place& at, std::vector<codec_step>& codecs, format_spec& format) {
    std::string name;
    yaml_place options = at["none"];
    if (at.is_map()) {
        const auto members = at.members();
        if (members.size() != 1) {
            at.wrong("应为一个名称及其选项", "expected one name with its options");
            return false;
        }
        name = members.front().first;
        options = members.front().second;
    } else {
        name = at.text();
    }
    if (format.kind != format_kind::none) {
        at.wrong("格式之后不能再有内容：编码层在前，按字节到达的次序", "nothing may follow the format: codecs come first, as the bytes arrive");
        return false;
    }
    if (name == "base64") {
        codecs.push_back({codec_kind::base64, charset::utf8});
    } else if (name == "gzip") {
        codecs.push_back({codec_kind::gzip, charset::utf8});
    } else if (name == "json_string") {
        codecs.push_back({codec_kind::json_string, charset::utf8});
    } else if (name == "charset") {
        codecs.push_back({codec_kind::charset, load_charset(options, charset::utf8)});
    } else if ((format.kind = format_by_name(name)) == format_kind::none) {
        const std::vector<std::string_view> known{"json", "xml", "csv", "form", "multipart", "base64", "gzip", "json_string", "charset"};
        at.wrong(sentence{"未知格式“" + name + "”", "unknown format '" + name + "'"} + did_you_mean(name, known) + known_values(known));
        return false;
    } else if (options.present()) {
        load_format_options(options, format);
    }
    return true;
}

void load_pipeline(const yaml_place& at, std::vector<codec_step>& codecs, format_spec& format) {
    bool all_known = true;
    for (const auto& stage : at.items()) {
        all_known = load_stage(stage, codecs, format) && all_known;
    }
    if (format.kind == format_kind::none && all_known) {
        at.wrong("须有格式：json、xml、csv、form 或 multipart", "a format is needed: json, xml, csv, form or multipart");
    }
}

void load_embeds(load_context& context, const yaml_place& at, wire_plan& wire) {
    for (const auto& item : at.items()) {
        item.only({"at", "as", "cdata"});
        embed_spec embed;
        embed.at = load_path(context, item["at"]);
        load_pipeline(item["as"], embed.codecs, embed.format);
        embed.cdata = item["cdata"].flag(false);
        wire.embeds.push_back(std::move(embed));
    }
}

void load_joins(load_context& context, const yaml_place& at, wire_plan& wire) {
    for (const auto& item : at.items()) {
        item.only({"each", "key", "with", "match", "as"});
        join_spec join;
        join.each = load_path(context, item["each"]);
        join.with = load_path(context, item["with"]);
        join.key = item["key"].text();
        join.match = item["match"].text(join.key);
        join.as = item["as"].text();
        if (join.key.empty() || join.as.empty()) {
            item.wrong("join 须有 each、key、with 和 as", "a join needs each, key, with and as");
        }
        wire.joins.push_back(std::move(join));
    }
}

// A secret from the environment or a file; never from the dialect file itself.
std::string load_secret(const yaml_place& at) {
    at.only({"env", "file"});
    if (const auto env = at["env"]; env.present()) {
        const char* value = std::getenv(env.text().c_str());
        if (value == nullptr || *value == '\0') {
            env.wrong("环境变量“" + env.text() + "”没有设置",
                      "the environment variable '" + env.text() + "' is not set");
            return {};
        }
        return value;
    }
    if (const auto file = at["file"]; file.present()) {
        std::ifstream in(file.text(), std::ios::binary);
        std::string value{std::istreambuf_iterator<char>(in), {}};
        while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) {
            value.pop_back();
        }
        if (value.empty()) {
            file.wrong("无法从“" + file.text() + "”读取密钥", "cannot read a key from '" + file.text() + "'");
        }
        return value;
    }
    at.wrong("密钥须有 env: 变量名 或 file: 路径", "a key needs env: NAME or file: PATH");
    return {};
}

digest_kind load_digest(const yaml_place& at) {
    constexpr std::pair<std::string_view, digest_kind> names[] = {{"MD5", digest_kind::md5},
                                                                  {"SHA1", digest_kind::sha1},
                                                                  {"SHA256", digest_kind::sha256},
                                                                  {"SM3", digest_kind::sm3},
                                                                  {"HMAC-SHA256", digest_kind::hmac_sha256},
                                                                  {"HMAC-SM3", digest_kind::hmac_sm3}};
    const auto name = at.text();
    for (const auto& [known, kind] : names) {
        if (known == name) {
            return kind;
        }
    }
    at.wrong("未知算法“" + name + "”：MD5、SHA1、SHA256、SM3、HMAC-SHA256、HMAC-SM3",
             "unknown algorithm '" + name + "': MD5, SHA1, SHA256, SM3, HMAC-SHA256, HMAC-SM3");
    return digest_kind::sha256;
}

void load_signature(load_context& context, const yaml_place& at, wire_plan& wire) {
    if (!at.present()) {
        return;
    }
    at.only({"field", "algorithm", "over", "except", "join", "pair", "values_only", "keep_empty", "key",
             "prefix", "suffix", "encoding", "charset"});
    signature_spec s;
    s.field = load_path(context, at["field"]);
    s.digest = load_digest(at["algorithm"]);
    s.over = at["over"].texts();
    s.except = at["except"].texts();
    s.join = at["join"].text("&");
    s.pair = at["pair"].text("=");
    s.values_only = at["values_only"].flag(false);
    s.skip_empty = !at["keep_empty"].flag(false);
    s.key = load_secret(at["key"]);
    s.key_prefix = at["prefix"].text("");
    s.key_suffix = at["suffix"].text("");
    s.bytes = load_charset(at["charset"], wire.bytes);
    const auto encoding = at["encoding"].text("hex");
    s.upper = encoding == "HEX";
    s.base64 = encoding == "base64";
    if (encoding != "hex" && encoding != "HEX" && encoding != "base64") {
        at["encoding"].wrong("应为 hex、HEX（大写）或 base64", "expected hex, HEX (upper case) or base64");
    }
    const bool keyed = s.digest == digest_kind::hmac_sha256 || s.digest == digest_kind::hmac_sm3;
    if (!keyed && s.key_prefix.find("${key}") == std::string::npos &&
        s.key_suffix.find("${key}") == std::string::npos) {
        at.wrong("普通摘要须把密钥放进被签名的文本：suffix: \"&key=${key}\"",
                 "a plain digest needs the key in what is signed: suffix: \"&key=${key}\"");
    }
    wire.signature = std::move(s);
}

void load_wire(load_context& context, const yaml_place& at) {
    at.only({"content_type", "charset", "format", "concat", "embed", "join", "root", "send", "signature"});
    wire_plan wire;
    wire.content_types = at["content_type"].texts();
    load_framing(context, at, wire, false);
    for (const auto& item : at["concat"].items()) {
        item.only({"parts", "into"});
        wire.concats.push_back({load_paths(context, item["parts"]), item["into"].text()});
        context.plan.names.add(wire.concats.back().into);
    }
    load_joins(context, at["join"], wire);
    wire.sends = load_sends(context, at["send"]);
    load_signature(context, at["signature"], wire);
    if (wire.content_types.empty()) {
        at.wrong("须有 content_type", "content_type is needed");
        wire.content_types.emplace_back("application/octet-stream");
    }
    for (const auto& type : wire.content_types) {
        wire.media_types.push_back(media_type(type));
        if (wire.format.kind == format_kind::multipart && media_type(type) != "multipart/form-data") {
            at["content_type"].wrong("multipart 的内容类型须为 multipart/form-data", "multipart comes as multipart/form-data");
        }
    }
    context.plan.wires.push_back(std::move(wire));
}

} // namespace

void load_framing(load_context& context, const yaml_place& at, wire_plan& wire, bool formatless) {
    wire.bytes = load_charset(at["charset"], charset::utf8);
    if (!formatless) {
        load_pipeline(at["format"], wire.codecs, wire.format);
    }
    load_embeds(context, at["embed"], wire);
    if (at["root"].present()) {
        wire.root = load_path(context, at["root"]);
    }
}

namespace {

// The first of two framings of one content type and format is always taken.
void check_reachable(const std::vector<wire_plan>& wires, const yaml_place& at) {
    const auto& last = wires.back();
    for (auto one = wires.begin(); one + 1 != wires.end(); ++one) {
        const bool takes = !one->codecs.empty() || one->format.kind == last.format.kind;
        for (const auto& type : last.media_types) {
            if (takes && std::find(one->media_types.begin(), one->media_types.end(), type) != one->media_types.end()) {
                at.warn("内容类型 " + type + " 已由前一个同格式的 wire 使用，这里不会用到",
                        "the content type " + type + " is taken by a wire of the same format before this one");
            }
        }
    }
}

} // namespace

void load_wires(load_context& context, const yaml_place& at) {
    for (const auto& item : at.items()) {
        load_wire(context, item);
        check_reachable(context.plan.wires, item);
    }
    if (context.plan.wires.empty()) {
        at.wrong("须有 wire：内容类型、字符集和格式", "wire is needed: content type, charset and format");
        context.plan.wires.emplace_back();
    }
}

} // namespace tongban::dialects
