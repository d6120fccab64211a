// iconv with one handle per thread and direction, reset between uses. What it says of the two-byte characters
// of GB18030 is kept in a table: that is all but every character of a message, and a look-up instead of two
// conversions.
#include "connectors/dialects/charset.hpp"

#include "connectors/dialects/text.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

namespace tongban::dialects {

namespace {

constexpr std::array<std::string_view, 4> names{"UTF-8", "GB18030", "GBK", "GB2312"};

class converter {
public:
    converter(const char* to, const char* from) : handle_(iconv_open(to, from)) {}
    ~converter() {
        if (usable()) {
            iconv_close(handle_);
        }
    }
    converter(const converter&) = delete;
    converter& operator=(const converter&) = delete;

    bool usable() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

    // Appends to `out`; returns how much of `in` was understood.
    std::size_t convert(std::string_view in, std::string& out) {
        return run(in, [&](std::string_view piece) { out += piece; });
    }
    // How much of `in` would be understood.
    std::size_t understood(std::string_view in) {
        return run(in, [](std::string_view) {});
    }

private:
    // In pieces of a fixed size: a text that is stopped at again and again must not pay for its whole rest each time.
    template <class Take>
    std::size_t run(std::string_view in, Take take) {
        iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        char* from = const_cast<char*>(in.data()); // iconv's interface; it does not write
        std::size_t left = in.size();
        for (bool more = true; more;) {
            char piece[4096]; // of any length that holds a character
            char* to = piece;
            std::size_t room = sizeof piece;
            more = iconv(handle_, &from, &left, &to, &room) == static_cast<std::size_t>(-1) && errno == E2BIG;
            take(std::string_view(piece, sizeof piece - room));
        }
        return in.size() - left;
    }

    iconv_t handle_;
};

// UTF-8 of each two-byte character: its bytes, lowest first, and above them their count; 0 when iconv must be
// asked.
class two_byte_table {
public:
    static const two_byte_table& instance() {
        static const two_byte_table all;
        return all;
    }

    std::uint32_t find(unsigned char lead, unsigned char trail) const {
        return lead < first_lead || lead == 0xFF || trail < first_trail
                   ? 0
                   : entries_[(lead - first_lead) * trails + (trail - first_trail)];
    }

private:
    static constexpr unsigned first_lead = 0x81;
    static constexpr unsigned first_trail = 0x40;
    static constexpr unsigned leads = 0xFF - first_lead;
    static constexpr unsigned trails = 0x100 - first_trail;

    two_byte_table() : entries_(leads * trails) {
        converter gb("UTF-8", "GB18030");
        std::string text;
        for (unsigned i = 0; gb.usable() && i < entries_.size(); ++i) {
            const char pair[] = {static_cast<char>(first_lead + i / trails),
                                 static_cast<char>(first_trail + i % trails)};
            text.clear();
            if (gb.convert({pair, 2}, text) == 2 && text.size() <= 3) {
                for (std::size_t k = 0; k < text.size(); ++k) {
                    entries_[i] |= static_cast<std::uint32_t>(static_cast<unsigned char>(text[k])) << (8 * k);
                }
                entries_[i] |= static_cast<std::uint32_t>(text.size()) << 24;
            }
        }
    }

    std::vector<std::uint32_t> entries_;
};

constexpr std::size_t word_bytes = sizeof(std::uint64_t);

// Copies the ASCII at the front of `in`, word by word; `to` has room for one word more. Returns its length.
std::size_t copy_ascii(std::string_view in, char* to) {
    std::size_t at = 0;
    for (std::uint64_t word; at + word_bytes <= in.size(); at += word_bytes) {
        std::memcpy(&word, in.data() + at, word_bytes);
        std::memcpy(to + at, &word, word_bytes);
        if (const auto other = word & 0x8080808080808080ULL; other != 0) {
            static_assert(std::endian::native == std::endian::little);
            return at + static_cast<std::size_t>(std::countr_zero(other)) / 8;
        }
    }
    for (; at < in.size() && static_cast<unsigned char>(in[at]) < 0x80; ++at) {
        to[at] = in[at];
    }
    return at;
}

constexpr std::size_t most_growth = 2; // rare two-byte characters lie outside the first plane: four bytes

// One character that the table lacks; its length, or 0 when it is none.
std::size_t rare_character(converter& gb, std::string_view in, char*& to) {
    const std::size_t length = in.size() > 1 && in[1] >= '0' && in[1] <= '9' ? 4 : 2;
    std::string text;
    if (in.size() < length || gb.convert(in.substr(0, length), text) < length ||
        text.size() > length * most_growth) {
        return 0;
    }
    to = std::copy(text.begin(), text.end(), to);
    return length;
}

// Replaces `out`; returns how much of `in` was understood.
std::size_t gb18030_to_utf8(converter& gb, std::string_view in, std::string& out) {
    const auto& table = two_byte_table::instance();
    out.resize(in.size() * most_growth + word_bytes); // a two-byte character is written as three before it is cut
    char* to = out.data();
    std::size_t at = 0;
    while (at < in.size()) {
        const auto lead = static_cast<unsigned char>(in[at]);
        if (lead < 0x80) {
            const auto plain = copy_ascii(in.substr(at), to);
            to += plain;
            at += plain;
            continue;
        }
        const auto trail = at + 1 < in.size() ? static_cast<unsigned char>(in[at + 1]) : '\0';
        if (const auto known = table.find(lead, trail); known != 0) {
            to[0] = static_cast<char>(known);
            to[1] = static_cast<char>(known >> 8);
            to[2] = static_cast<char>(known >> 16); // overwritten when there are but two
            to += known >> 24;
            at += 2;
            continue;
        }
        const auto length = rare_character(gb, in.substr(at), to);
        if (length == 0) {
            break;
        }
        at += length;
    }
    out.resize(static_cast<std::size_t>(to - out.data()));
    return at;
}

// Where a text that is no UTF-8 ceases to be it.
std::size_t first_bad_byte(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (text.size() - at < length || !is_utf8(text.substr(at, length))) {
            break;
        }
        at += length;
    }
    return at;
}

std::string_view without_bom(std::string_view text) {
    return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

} // namespace

bool parse_charset(std::string_view name, charset& out) noexcept {
    const auto same = [&](std::string_view other) {
        return std::equal(name.begin(), name.end(), other.begin(), other.end(), [](char a, char b) {
            return std::toupper(static_cast<unsigned char>(a)) == std::toupper(static_cast<unsigned char>(b));
        });
    };
    if (same("UTF8")) {
        out = charset::utf8;
        return true;
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (same(names[i])) {
            out = static_cast<charset>(i);
            return true;
        }
    }
    return false;
}

void prepare(charset c) {
    if (c != charset::utf8) {
        two_byte_table::instance();
    }
}

std::string_view charset_name(charset c) noexcept {
    return names[static_cast<std::size_t>(c)];
}

bool to_utf8(charset from, std::string_view bytes, std::string& scratch, std::string_view& out,
             std::size_t& bad_offset) {
    const bool marked = bytes.starts_with("\xEF\xBB\xBF"); // the mark says UTF-8 whatever the document says
    if (from == charset::utf8 || marked) {
        out = without_bom(bytes);
        if (is_utf8(out)) {
            return true;
        }
        bad_offset = bytes.size() - out.size() + first_bad_byte(out);
        return false;
    }
    thread_local converter gb("UTF-8", "GB18030");
    if (!gb.usable()) {
        bad_offset = 0;
        return false;
    }
    bad_offset = gb18030_to_utf8(gb, bytes, scratch);
    out = without_bom(scratch);
    return bad_offset == bytes.size();
}

namespace {

converter& converter_to(charset to) {
    thread_local converter gb18030("GB18030", "UTF-8");
    thread_local converter gbk("GBK", "UTF-8");
    thread_local converter gb2312("GB2312", "UTF-8");
    return to == charset::gb18030 ? gb18030 : to == charset::gbk ? gbk : gb2312;
}

void append_escape(escape_style how, char32_t c, std::string& out) {
    char text[16];
    if (how == escape_style::xml) {
        std::snprintf(text, sizeof text, "&#x%X;", static_cast<unsigned>(c));
    } else if (how == escape_style::plain) {
        std::snprintf(text, sizeof text, "[U+%04X]", static_cast<unsigned>(c));
    } else if (c < 0x10000) {
        std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(c));
    } else {
        const auto above = static_cast<unsigned>(c) - 0x10000;
        std::snprintf(text, sizeof text, "\\u%04x\\u%04x", 0xD800 + (above >> 10), 0xDC00 + (above & 0x3FF));
    }
    out += text;
}

// Calls `known` with what the charset has, piece by piece, and its bytes in it, and `lacking` with each character that it
// lacks. O(n): iconv reads some thousand characters before it tells that one of the first is lacking, so behind one it
// is given little.
template <class Known, class Lacking>
void walk_characters(charset to, std::string_view text, Known known, Lacking lacking) {
    constexpr std::size_t little = 64;
    auto& use = converter_to(to);
    std::string bytes;
    for (std::size_t window = text.size(); !text.empty();) {
        auto end = std::min(window, text.size());
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
            --end;
        }
        bytes.clear();
        const auto understood = use.usable() ? use.convert(text.substr(0, end), bytes) : 0;
        known(text.substr(0, understood), bytes);
        text.remove_prefix(understood);
        window = std::min(end, text.size()) * 2;
        if (understood < end) {
            std::size_t one = 0;
            lacking(next_code_point(text, one));
            text.remove_prefix(one);
            window = little;
        }
    }
}

constexpr std::string_view section_begin = "<![CDATA[";
constexpr std::string_view section_end = "]]>";

// Whether the text that is walked over lies in a CDATA section, where nothing can be escaped.
class section_watch {
public:
    void pass(std::string_view text) {
        for (;;) {
            const auto mark = inside_ ? section_end : section_begin;
            const auto at = text.find(mark);
            if (at == std::string_view::npos) {
                return;
            }
            inside_ = !inside_;
            text.remove_prefix(at + mark.size());
        }
    }
    bool inside() const { return inside_; }

private:
    bool inside_{};
};

} // namespace

std::size_t from_utf8(charset to, std::string_view text, std::string& out) {
    if (to == charset::utf8) {
        out += text;
        return 0;
    }
    auto& use = converter_to(to);
    text.remove_prefix(use.usable() ? use.convert(text, out) : 0); // all of it, nearly always
    if (text.empty()) {
        return 0;
    }
    std::size_t lost = 0;
    walk_characters(
        to, text, [&](std::string_view, std::string_view bytes) { out += bytes; },
        [&](char32_t) {
            out += '?';
            ++lost;
        });
    return lost;
}

std::size_t first_lacking(charset to, std::string_view text) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (to == charset::utf8 || std::all_of(text.begin(), text.end(), is_ascii)) {
        return std::string_view::npos;
    }
    auto& use = converter_to(to);
    const auto known = use.usable() ? use.understood(text) : 0;
    return known == text.size() ? std::string_view::npos : known;
}

void escape_lacking(charset to, escape_style how, std::string& text) {
    if (first_lacking(to, text) == std::string_view::npos) {
        return;
    }
    std::string out;
    section_watch section;
    std::size_t at = 0;      // of the text, behind what is walked over
    std::size_t watched = 0; // by `section`: marks may lie across pieces, but not across what is lacking
    std::size_t left_out = 0;
    bool reopens = false; // the section goes on behind what could not stand in it
    const auto known = [&](std::string_view piece, std::string_view) {
        if (!piece.empty() && std::exchange(reopens, false)) {
            const bool ends = std::string_view(text).substr(at).starts_with(section_end);
            left_out = ends ? section_end.size() : 0;
            out += ends ? std::string_view() : section_begin;
        }
        at += piece.size();
        const auto out_of_it = std::min(left_out, piece.size());
        left_out -= out_of_it;
        out += piece.substr(out_of_it);
    };
    const auto lacking = [&](char32_t character) {
        if (how == escape_style::xml) {
            section.pass(std::string_view(text).substr(watched, at - watched));
        }
        next_code_point(text, at);
        watched = at;
        if (section.inside() && !reopens) {
            if (out.ends_with(section_begin)) { // no empty sections
                out.resize(out.size() - section_begin.size());
            } else {
                out += section_end;
            }
            reopens = true;
        }
        append_escape(how, character, out);
    };
    walk_characters(to, text, known, lacking);
    text = std::move(out);
}

} // namespace tongban::dialects
