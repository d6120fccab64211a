#include "security/certificate_pin.hpp"

#include <algorithm>

namespace tongban::security {

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

sentence normalise(certificate_pin& pin) {
    const std::string& value = pin.value;
    if (value.empty() || value.size() > 512 ||
        std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
        return {"应为 1 至 512 字节，不含控制字符", "must be 1 to 512 bytes without control characters"};
    }
    switch (pin.kind) {
    case identity_rule::fingerprint:
        std::erase(pin.value, ':');
        pin.value = lower_case(pin.value);
        return value.size() == 64 && value.find_first_not_of("0123456789abcdef") == std::string::npos
                   ? sentence()
                   : sentence("应为证书的 SHA-256：64 位十六进制数", "must be the SHA-256 of the certificate: 64 hexadecimal digits");
    case identity_rule::san_dns:
        pin.value = lower_case(pin.value);
        return value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos
                   ? sentence()
                   : sentence("应为主机名，不能用通配符", "must be a host name, without patterns");
    case identity_rule::subject:
        return value.find('=') != std::string::npos && value.find('*') == std::string::npos
                   ? sentence()
                   : sentence("应为 RFC 2253 格式的完整主题（CN=platform,O=City），不能用通配符",
                              "must be a whole subject as in RFC 2253 (CN=platform,O=City), without patterns");
    case identity_rule::san_uri:
        break;
    }
    const std::size_t authority = value.find("://");
    const std::size_t path = authority == std::string::npos ? authority : value.find('/', authority + 3);
    if (authority == std::string::npos || authority == 0 || authority + 3 >= value.size() ||
        path == authority + 3 || value.find(' ') != std::string::npos) {
        return {"应为带主机部分的 URI（tongban://370800/platform）", "must be a URI with an authority (tongban://370800/platform)"};
    }
    const std::size_t star = value.find('*');
    return star == std::string::npos || (star + 1 == value.size() && value[star - 1] == '/' && star > path)
               ? sentence()
               : sentence("“*”只能在末尾，且紧跟路径中的“/”（tongban://370800/window/*）",
                          "may hold '*' only as its end, after a '/' of the path (tongban://370800/window/*)");
}

} // namespace tongban::security
