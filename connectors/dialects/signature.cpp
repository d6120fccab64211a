// Signed messages: a digest or HMAC over the fields beside the signature, in the order the partner's document
// says.
#include "connectors/dialects/framing.hpp"
#include "connectors/dialects/text.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace tongban::dialects {

namespace {

const EVP_MD* algorithm(digest_kind kind) {
    switch (kind) {
    case digest_kind::md5:
        return EVP_md5();
    case digest_kind::sha1:
        return EVP_sha1();
    case digest_kind::sha256:
    case digest_kind::hmac_sha256:
        return EVP_sha256();
    case digest_kind::sm3:
    case digest_kind::hmac_sm3:
        return EVP_sm3();
    }
    return nullptr;
}

std::string with_key(std::string text, const std::string& key) {
    constexpr std::string_view mark = "${key}";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + key.size())) {
        text.replace(at, mark.size(), key);
    }
    return text;
}

// In the signature's charset. What an old one lacks stands as GB18030 has it: a peer that names GBK and sends a rare
// character sends and signs that.
std::string bytes_of(const signature_spec& spec, std::string_view text) {
    std::string out;
    const bool lacks = first_lacking(spec.bytes, text) != std::string_view::npos;
    from_utf8(lacks ? charset::gb18030 : spec.bytes, text, out);
    return out;
}

std::string to_sign(const signature_spec& spec, std::vector<std::pair<std::string, std::string>> fields) {
    if (spec.over.empty()) {
        std::sort(fields.begin(), fields.end());
    } else {
        std::vector<std::pair<std::string, std::string>> ordered;
        for (const auto& name : spec.over) {
            const auto found =
                std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.first == name; });
            ordered.emplace_back(name, found == fields.end() ? "" : found->second);
        }
        fields = std::move(ordered);
    }
    std::string text = with_key(bytes_of(spec, spec.key_prefix), spec.key);
    bool first = true;
    for (const auto& [name, value] : fields) {
        if (spec.skip_empty && value.empty()) {
            continue;
        }
        text += bytes_of(spec, first ? "" : spec.join);
        text += bytes_of(spec, spec.values_only ? value : name + spec.pair + value);
        first = false;
    }
    return text + with_key(bytes_of(spec, spec.key_suffix), spec.key);
}

} // namespace

std::string sign(const signature_spec& spec, std::vector<std::pair<std::string, std::string>> fields) {
    std::erase_if(fields, [&](const auto& f) {
        return std::find(spec.except.begin(), spec.except.end(), f.first) != spec.except.end();
    });
    const std::string text = to_sign(spec, std::move(fields));
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const bool keyed = spec.digest == digest_kind::hmac_sha256 || spec.digest == digest_kind::hmac_sm3;
    if (keyed) {
        HMAC(algorithm(spec.digest), spec.key.data(), static_cast<int>(spec.key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    } else {
        EVP_Digest(text.data(), text.size(), digest.data(), &size, algorithm(spec.digest), nullptr);
    }
    std::string out;
    const std::string_view bytes(reinterpret_cast<const char*>(digest.data()), size);
    if (spec.base64) {
        encode_base64(bytes, out);
        return out;
    }
    const char* hex = spec.upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (const char c : bytes) {
        out += hex[(static_cast<unsigned char>(c) >> 4) & 0xF];
        out += hex[static_cast<unsigned char>(c) & 0xF];
    }
    return out;
}

bool signature_holds(const signature_spec& spec, document& doc, parse_fault& fault) {
    const node_index at = find_first(doc, spec.field, {0, 0});
    std::string given;
    std::string expected;
    if (at != no_node) {
        doc.at(at).used = true;
        given = trim(doc.at(at).text);
        std::vector<std::pair<std::string, std::string>> fields;
        for (node_index c = doc.at(doc.at(at).parent).first_child; c != no_node; c = doc.at(c).next) {
            if (c == at) {
                continue;
            }
            std::string value(doc.at(c).text);
            if (doc.at(c).first_child != no_node) {
                append_json_text(doc, c, value);
            }
            fields.emplace_back(doc.at(c).name, std::move(value));
        }
        expected = sign(spec, std::move(fields));
        if (!spec.base64) { // peers differ in the case of their hexadecimal digits
            for (auto* text : {&given, &expected}) {
                std::transform(text->begin(), text->end(), text->begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            }
        }
    }
    if (given.empty() || given.size() != expected.size() ||
        CRYPTO_memcmp(given.data(), expected.data(), given.size()) != 0) {
        fault = {errc::signature_invalid, spec.field.text, "签名缺失或不正确",
                 "the signature is missing or wrong"};
        return false;
    }
    return true;
}

} // namespace tongban::dialects
