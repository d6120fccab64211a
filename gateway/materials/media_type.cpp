#include "gateway/materials/media_type.hpp"

#include "gateway/materials/notes.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tongban::materials {

namespace {

using namespace std::string_view_literals;

// The gateway's own; taken from nobody, whatever the list of types says.
constexpr std::string_view note_type = "application/x-tongban-note";

struct signature {
    std::size_t at;
    std::string_view bytes;
    std::string_view type;
};

constexpr signature signatures[] = {
    {0, "%PDF-"sv, "application/pdf"},
    {0, "\xff\xd8\xff"sv, "image/jpeg"},
    {0, "\x89PNG\r\n\x1a\n"sv, "image/png"},
    {0, "GIF87a"sv, "image/gif"},
    {0, "GIF89a"sv, "image/gif"},
    {0, "II*\0"sv, "image/tiff"},
    {0, "MM\0*"sv, "image/tiff"},
    {0, "BM"sv, "image/bmp"},
    {8, "WEBP"sv, "image/webp"},
    {4, "ftypheic"sv, "image/heic"},
    {4, "ftypheix"sv, "image/heic"},
    {4, "ftypmif1"sv, "image/heif"},
    {4, "ftypqt"sv, "video/quicktime"},
    {4, "ftyp"sv, "video/mp4"},
    {8, "WAVE"sv, "audio/wav"},
    {8, "AVI "sv, "video/x-msvideo"},
    {0, "ID3"sv, "audio/mpeg"},
    {0, "\xff\xfb"sv, "audio/mpeg"},
    {0, "OggS"sv, "audio/ogg"},
    {0, "{\\rtf"sv, "application/rtf"},
    {0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "application/x-ole-storage"},
    {0, "\x1f\x8b"sv, "application/gzip"},
    {0, "7z\xbc\xaf\x27\x1c"sv, "application/x-7z-compressed"},
    {0, "Rar!\x1a\x07"sv, "application/vnd.rar"},
    {0, "\xfd" "7zXZ\0"sv, "application/x-xz"},
    {0, "BZh"sv, "application/x-bzip2"},
    {257, "ustar"sv, "application/x-tar"},
    {0, "MZ"sv, "application/x-msdownload"},
    {0, "\x7f" "ELF"sv, "application/x-executable"},
    {0, "\xca\xfe\xba\xbe"sv, "application/java-vm"},
    {0, "#!"sv, "text/x-script"},
};

// The ones whose first bytes are short words that may begin anything.
bool needs_more(std::string_view type, std::string_view head) noexcept {
    if (type == "image/bmp") { // reserved words, then where the pixels begin
        return head.size() < 14 || head.substr(6, 4) != "\0\0\0\0"sv;
    }
    if (type == "image/webp" || type == "audio/wav" || type == "video/x-msvideo") {
        return !head.starts_with("RIFF");
    }
    if (type == "application/x-msdownload") {
        return head.size() < 64;
    }
    return false;
}

// Office documents and OFD are archives; the first entries' names tell which.
std::string_view type_of_archive(std::string_view head) noexcept {
    const auto holds = [&](std::string_view name) { return head.find(name) != std::string_view::npos; };
    if (holds("OFD.xml")) {
        return "application/ofd";
    }
    if (holds("word/")) {
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    }
    if (holds("xl/")) {
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    }
    if (holds("ppt/")) {
        return "application/vnd.openxmlformats-officedocument.presentationml.presentation";
    }
    if (holds("META-INF/MANIFEST.MF")) {
        return "application/java-archive";
    }
    return "application/zip";
}

bool begins_with_ignoring_case(std::string_view text, std::string_view lower) noexcept {
    return text.size() >= lower.size() &&
           std::equal(lower.begin(), lower.end(), text.begin(), [](char wanted, char c) {
               return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
           });
}

std::string_view type_of_text(std::string_view head) noexcept {
    if (head.starts_with("\xef\xbb\xbf")) {
        head.remove_prefix(3);
    }
    const bool plain = std::ranges::none_of(head, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r' && byte != '\f';
    });
    if (!plain || head.empty()) {
        return "application/octet-stream";
    }
    const auto from = head.find_first_not_of(" \t\r\n");
    const auto text = from == std::string_view::npos ? head : head.substr(from);
    for (const auto html : {"<!doctype html"sv, "<html"sv, "<script"sv, "<head"sv, "<body"sv, "<iframe"sv}) {
        if (begins_with_ignoring_case(text, html)) {
            return "text/html";
        }
    }
    if (begins_with_ignoring_case(text, "<?xml") || begins_with_ignoring_case(text, "<svg")) {
        return text.find("<svg") != std::string_view::npos    ? "image/svg+xml"
               : text.find("<html") != std::string_view::npos ? "text/html"
                                                              : "application/xml";
    }
    return "text/plain";
}

bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+';
    });
}

std::string_view next_entry(std::string_view& text) noexcept {
    const auto comma = text.find(',');
    auto entry = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    while (entry.starts_with(' ')) {
        entry.remove_prefix(1);
    }
    while (entry.ends_with(' ')) {
        entry.remove_suffix(1);
    }
    return entry;
}

} // namespace

std::string_view media_type_of(std::string_view head) noexcept {
    if (is_note(head)) {
        return note_type;
    }
    if (head.starts_with("PK\x03\x04")) {
        return type_of_archive(head);
    }
    for (const auto& known : signatures) {
        if (head.size() >= known.at + known.bytes.size() && head.substr(known.at, known.bytes.size()) == known.bytes &&
            !needs_more(known.type, head)) {
            return known.type;
        }
    }
    return type_of_text(head);
}

bool may_be_called(std::string_view type, std::string_view claimed) {
    std::string name(claimed.substr(0, claimed.find(';')));
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    while (name.ends_with(' ')) {
        name.pop_back();
    }
    if (name == type || name.find('/') == std::string::npos || name == "application/octet-stream") {
        return true;
    }
    static constexpr std::pair<std::string_view, std::string_view> others[] = {
        {"image/jpeg", "image/jpg"},
        {"image/jpeg", "image/pjpeg"},
        {"image/bmp", "image/x-ms-bmp"},
        {"image/heif", "image/heic"},
        {"image/heic", "image/heif"},
        {"application/pdf", "application/x-pdf"},
        {"application/rtf", "text/rtf"},
        {"application/zip", "application/x-zip-compressed"},
        {"application/xml", "text/xml"},
        {"application/x-ole-storage", "application/msword"},
        {"application/x-ole-storage", "application/vnd.ms-"},
        {"application/x-ole-storage", "application/wps-office."},
        {"application/zip", "application/vnd."},
        {"application/zip", "application/ofd"},
        {"application/vnd.openxmlformats-officedocument.", "application/zip"},
        {"application/ofd", "application/zip"},
        {"application/ofd", "application/vnd.ofd"},
        {"text/plain", "text/"},
        {"text/plain", "application/json"},
        {"text/plain", "application/xml"},
        {"audio/wav", "audio/x-wav"},
        {"audio/mpeg", "audio/mp3"},
        {"audio/wav", "audio/wave"},
    };
    return std::ranges::any_of(others, [&](const auto& one) {
        const auto matches = [](std::string_view given, std::string_view known) {
            const bool begins = known.ends_with('.') || known.ends_with('/') || known.ends_with('-');
            return begins ? given.starts_with(known) : given == known;
        };
        return matches(type, one.first) && matches(name, one.second);
    });
}

type_list::type_list(std::string_view text) {
    while (!text.empty()) {
        entries_.emplace_back(next_entry(text));
    }
}

bool type_list::has(std::string_view type) const noexcept {
    return type != note_type && std::ranges::any_of(entries_, [&](const std::string& entry) {
        return entry == type || entry == "*/*" ||
               (entry.ends_with("/*") && type.starts_with(std::string_view(entry).substr(0, entry.size() - 1)));
    });
}

bool is_type_list(std::string_view text) noexcept {
    if (text.empty() || text.back() == ',') {
        return false;
    }
    while (!text.empty()) {
        const auto entry = next_entry(text);
        const auto slash = entry.find('/');
        if (slash == std::string_view::npos) {
            return false;
        }
        const auto major = entry.substr(0, slash);
        const auto minor = entry.substr(slash + 1);
        if ((major != "*" && !is_token(major)) || (minor != "*" && !is_token(minor)) || (major == "*" && minor != "*")) {
            return false;
        }
    }
    return true;
}

} // namespace tongban::materials
