// iconv with one handle per thread and direction, reset between uses.
#include "connectors/dialects/charset.hpp"

#include "connectors/dialects/text.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>

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
        iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        char* from = const_cast<char*>(in.data()); // iconv's interface; it does not write
        std::size_t left = in.size();
        std::size_t used = out.size();
        out.resize(used + in.size() * 2 + 16);
        while (left > 0) {
            char* to = out.data() + used;
            std::size_t room = out.size() - used;
            const std::size_t done = iconv(handle_, &from, &left, &to, &room);
            used = static_cast<std::size_t>(to - out.data());
            if (done == static_cast<std::size_t>(-1)) {
                if (errno != E2BIG) {
                    break;
                }
                out.resize(out.size() * 2);
            }
        }
        out.resize(used);
        return in.size() - left;
    }

private:
    iconv_t handle_;
};

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
        bad_offset = 0;
        while (bad_offset < bytes.size() && is_utf8(bytes.substr(0, bad_offset + 1024))) {
            bad_offset += 1024;
        }
        return false;
    }
    thread_local converter gb("UTF-8", "GB18030");
    scratch.clear();
    if (!gb.usable()) {
        bad_offset = 0;
        return false;
    }
    bad_offset = gb.convert(bytes, scratch);
    out = without_bom(scratch);
    return bad_offset == bytes.size();
}

std::size_t from_utf8(charset to, std::string_view text, std::string& out) {
    if (to == charset::utf8) {
        out += text;
        return 0;
    }
    thread_local converter gb18030("GB18030", "UTF-8");
    thread_local converter gbk("GBK", "UTF-8");
    thread_local converter gb2312("GB2312", "UTF-8");
    auto& use = to == charset::gb18030 ? gb18030 : to == charset::gbk ? gbk : gb2312;
    std::size_t lost = 0;
    while (!text.empty()) {
        text.remove_prefix(use.usable() ? use.convert(text, out) : 0);
        if (!text.empty()) {
            std::size_t one = 0;
            next_code_point(text, one);
            text.remove_prefix(one);
            out += '?';
            ++lost;
        }
    }
    return lost;
}

} // namespace tongban::dialects
