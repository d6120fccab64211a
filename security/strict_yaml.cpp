#include "security/strict_yaml.hpp"

#include <boost/locale/utf.hpp>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace tongban::security {
namespace {

constexpr std::size_t key_bytes_max = 64;
constexpr std::size_t message_bytes_max = 512;

// Keys and values come from a file that may hold anything; a mistake is one line on a terminal, cut between characters.
std::string printable(std::string_view text, std::size_t bytes_max) {
    std::size_t end = std::min(text.size(), bytes_max);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    std::string shown;
    for (const char c : text.substr(0, end))
        shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    return shown;
}

sentence not_yaml(std::string_view why) {
    const std::string shown = printable(why, message_bytes_max);
    return {"不是有效的 YAML：" + shown, "not YAML: " + shown};
}

// Letters changed, left out, added or swapped with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j)
        d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = a[i - 1] == b[j - 1] ? 0 : 1;
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + changed});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[a.size()][b.size()];
}

// The known word closest to `word` when it is near enough to be meant, else empty.
std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& known) {
    std::string_view best;
    if (word.size() > 64)
        return best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string_view candidate : known) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

// Only where documents begin.
struct document_starts final : YAML::EventHandler {
    std::vector<YAML::Mark> marks;

    void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

} // namespace

std::string file_mistake::place() const {
    std::string out = file;
    if (line > 0)
        out += ':' + std::to_string(line) + ':' + std::to_string(column);
    out += ": ";
    if (!field.empty())
        out += field + ": ";
    return out;
}

std::optional<std::string> read_file(const std::filesystem::path& file, std::vector<file_mistake>& mistakes) {
    std::error_code failure;
    if (!std::filesystem::is_regular_file(file, failure)) {
        mistakes.push_back({file.string(), 0, 0, "", {"文件不存在", "no such file"}});
        return std::nullopt;
    }
    std::ifstream in(file, std::ios::binary);
    std::string text(yaml_file_bytes_max + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.gcount() == 0 && !in.eof()) {
        mistakes.push_back({file.string(), 0, 0, "", {"无法读取", "cannot be read"}});
        return std::nullopt;
    }
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > yaml_file_bytes_max) {
        mistakes.push_back({file.string(), 0, 0, "", {"超过 1 MiB", "larger than 1 MiB"}});
        return std::nullopt;
    }
    return text;
}

std::optional<text_place> first_not_utf8(std::string_view text) {
    using traits = boost::locale::utf::utf_traits<char>;
    text_place at{1, 1};
    for (const char* next = text.data(); next != text.data() + text.size();) {
        const bool ends_line = *next == '\n';
        if (!boost::locale::utf::is_valid_codepoint(traits::decode(next, text.data() + text.size()))) {
            return at;
        }
        at = ends_line ? text_place{at.line + 1, 1} : text_place{at.line, at.column + 1};
    }
    return std::nullopt;
}

sentence not_utf8() {
    return {"不是 UTF-8（可能存成了 GBK），请另存为 UTF-8", "not UTF-8 (saved as GBK?): save it as UTF-8"};
}

std::optional<YAML::Node> parse_yaml(const std::string& text, const std::string& file,
                                     std::vector<file_mistake>& mistakes) {
    if (const auto at = first_not_utf8(text)) {
        mistakes.push_back({file, at->line, at->column, "", not_utf8()});
        return std::nullopt;
    }
    try {
        // Not YAML::LoadAll: on text that cannot begin a value it makes empty documents for ever.
        std::istringstream in(text);
        YAML::Parser parser(in);
        document_starts starts;
        while (starts.marks.size() < 2 && parser.HandleNextDocument(starts)) {
        }
        if (starts.marks.size() == 2) {
            const YAML::Mark& second = starts.marks[1];
            const bool stuck = second.pos == starts.marks[0].pos;
            mistakes.push_back({file, second.line + 1, second.column + 1, "",
                                stuck ? sentence("不是有效的 YAML：此处不能是一个值的开头", "not YAML: this cannot begin a value")
                                      : sentence("此处另起了一个文档，只能有一个", "a second document begins here")});
            return std::nullopt;
        }
        const YAML::Node document = starts.marks.empty() ? YAML::Node() : YAML::Load(text);
        if (!document.IsNull())
            return document;
        mistakes.push_back({file, 0, 0, "", {"文件是空的", "is empty"}});
    } catch (const YAML::Exception& e) {
        mistakes.push_back({file, e.mark.line + 1, e.mark.column + 1, "", not_yaml(e.msg)});
    } catch (const std::exception& e) { // yaml-cpp lets some of the standard library's escape
        mistakes.push_back({file, 0, 0, "", not_yaml(e.what())});
    }
    return std::nullopt;
}

strict_map::strict_map(const YAML::Node& node, std::string file, std::string field,
                       std::vector<file_mistake>& mistakes)
    : node_(node), file_(std::move(file)), field_(std::move(field)), mistakes_(mistakes) {
    if (!node_.IsMap()) {
        report("", {"应为“键: 值”的映射", "must be a mapping"});
        return;
    }
    valid_ = true;
    std::set<std::string> seen;
    for (const auto& entry : node_) {
        if (!entry.first.IsScalar())
            report(entry.first, "", {"键须为普通文字", "a key must be a plain word"});
        else if (!seen.insert(entry.first.Scalar()).second)
            report(entry.first, printable(entry.first.Scalar(), key_bytes_max), {"重复给出", "given twice"});
    }
}

std::optional<YAML::Node> strict_map::take(std::string_view key) {
    known_.emplace(key);
    if (!valid_)
        return std::nullopt;
    for (const auto& entry : node_)
        if (entry.first.IsScalar() && entry.first.Scalar() == key)
            return entry.second;
    return std::nullopt;
}

std::optional<std::string> strict_map::text(std::string_view key, bool required) {
    const std::optional<YAML::Node> node = take(key);
    if (!node) {
        if (required && valid_)
            report(key, {"缺少必填项", "missing"});
        return std::nullopt;
    }
    if (!node->IsScalar() || node->Scalar().empty()) {
        report(*node, key, {"应为文本", "must be a text"});
        return std::nullopt;
    }
    return node->Scalar();
}

std::vector<std::pair<std::string, YAML::Node>> strict_map::texts(std::string_view key, std::size_t max) {
    std::vector<std::pair<std::string, YAML::Node>> out;
    const std::optional<YAML::Node> node = take(key);
    if (!node)
        return out;
    if (!node->IsSequence()) {
        report(*node, key, {"应为列表", "must be a list"});
        return out;
    }
    if (node->size() > max) {
        report(*node, key, {"超过 " + std::to_string(max) + " 条", "more than " + std::to_string(max) + " entries"});
        return out;
    }
    for (const YAML::Node& entry : *node) {
        if (entry.IsScalar() && !entry.Scalar().empty())
            out.emplace_back(entry.Scalar(), entry);
        else
            report(entry, key, {"每一条都应为文本", "every entry must be a text"});
    }
    return out;
}

void strict_map::finish() {
    if (!valid_)
        return;
    const std::vector<std::string_view> words(known_.begin(), known_.end());
    for (const auto& entry : node_) {
        if (!entry.first.IsScalar() || known_.contains(entry.first.Scalar()))
            continue;
        report(entry.first, printable(entry.first.Scalar(), key_bytes_max),
               sentence("未知的键", "unknown key") + did_you_mean(entry.first.Scalar(), words));
    }
}

void strict_map::report(const YAML::Node& at, std::string_view key, sentence message) {
    message = {printable(message.zh, message_bytes_max), printable(message.en, message_bytes_max)};
    YAML::Mark mark = at.Mark();
    if (mark.is_null())
        mark = node_.Mark();
    if (mark.is_null())
        mistakes_.push_back({file_, 0, 0, field_of(key), std::move(message)});
    else
        mistakes_.push_back({file_, mark.line + 1, mark.column + 1, field_of(key), std::move(message)});
}

std::string strict_map::field_of(std::string_view key) const {
    if (field_.empty() || key.empty())
        return field_ + std::string(key);
    return field_ + '.' + std::string(key);
}

sentence did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
    const std::string meant(nearest_word(word, known));
    return meant.empty() ? sentence() : sentence("，是否为 " + meant + "？", "; did you mean " + meant + "?");
}

} // namespace tongban::security
