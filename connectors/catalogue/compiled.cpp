// The compiled form: a magic word, a SHA-256 of all that follows it, a header, items, agreements and bundles, each with its
// length in front. Made once by `tongban catalogue import`, read whole at start and reload.
#include "connectors/catalogue/draft.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <openssl/evp.h>

namespace tongban::catalogue {

namespace {

namespace io = google::protobuf::io;

constexpr std::string_view magic = "TONGBAN-CATALOGUE-"; // whatever the format
constexpr std::string_view format = "2\n";      // of what stands before the header
constexpr std::size_t digest_bytes = 32;

void append_delimited(const google::protobuf::MessageLite& message, std::string& out) {
    const auto size = message.ByteSizeLong();
    std::uint8_t prefix[10];
    const auto* end = io::CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(size), prefix);
    out.append(reinterpret_cast<const char*>(prefix), static_cast<std::size_t>(end - prefix));
    message.AppendPartialToString(&out);
}

// Length, then exactly so many bytes of the message.
bool read_delimited(io::CodedInputStream& in, google::protobuf::MessageLite& message) {
    constexpr std::uint32_t message_bytes_max = 4U << 20;
    std::uint32_t size = 0;
    if (!in.ReadVarint32(&size) || size > message_bytes_max) {
        return false;
    }
    const auto limit = in.PushLimit(static_cast<int>(size));
    const bool whole = in.BytesUntilLimit() == static_cast<int>(size) && message.MergePartialFromCodedStream(&in) &&
                       in.ConsumedEntireMessage() && in.BytesUntilLimit() == 0;
    in.PopLimit(limit);
    return whole;
}

class compiled_reader {
public:
    compiled_reader(std::string_view bytes, std::uint32_t file, draft& into)
        : bytes_(bytes), file_(file), into_(into),
          in_(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size())) {
        in_.SetTotalBytesLimit(static_cast<int>(bytes.size()));
    }

    // Empty, or what is wrong.
    dialects::sentence read() {
        v1::CatalogueHeader header;
        if (!read_delimited(in_, header)) {
            return {"文件头损坏", "the header is damaged"};
        }
        if (header.format() != 1) {
            return {"不支持的格式版本", "unknown format: made by a newer tongban?"};
        }
        if (header.items() > cases::catalogue_items_max || header.agreements() > cases::catalogue_agreements_max ||
            header.bundles() > cases::catalogue_bundles_max) {
            return {"事项、协议或一件事过多", "too many items, agreements or bundles"};
        }
        const auto number = [this] { return static_cast<int>(++entries_); };
        const auto items_before = into_.items.size();
        into_.items.reserve(items_before + header.items());
        into_.contents.items.reserve(items_before + header.items());
        for (std::uint64_t i = 0; i < header.items(); ++i) {
            if (!read_delimited(in_, into_.add_item({file_, number(), 1, {}}))) {
                return {"第 " + std::to_string(entries_) + " 条损坏", "entry " + std::to_string(entries_) + " is damaged"};
            }
        }
        for (std::uint64_t i = 0; i < header.agreements(); ++i) {
            if (!read_delimited(in_, into_.add_agreement({file_, number(), 1, {}}))) {
                return {"第 " + std::to_string(entries_) + " 条损坏", "entry " + std::to_string(entries_) + " is damaged"};
            }
        }
        for (std::uint64_t i = 0; i < header.bundles(); ++i) {
            if (!read_delimited(in_, into_.add_bundle({file_, number(), 1, {}}))) {
                return {"第 " + std::to_string(entries_) + " 条损坏", "entry " + std::to_string(entries_) + " is damaged"};
            }
        }
        if (in_.CurrentPosition() != static_cast<int>(bytes_.size())) {
            return {"文件末尾有多余内容", "there is more behind the last entry"};
        }
        take_header(header);
        return {};
    }

private:
    void take_header(const v1::CatalogueHeader& header) {
        auto& into = into_.contents.header;
        into.set_version(header.version());
        into.set_agreements_listed(into.agreements_listed() || header.agreements_listed());
        into.mutable_classes()->MergeFrom(header.classes());
        into_.classes_listed = true;
    }

    std::string_view bytes_;
    std::uint32_t file_;
    draft& into_;
    io::CodedInputStream in_;
    std::uint64_t entries_ = 0;
};

} // namespace

bool is_compiled(std::string_view bytes) noexcept { return bytes.starts_with(magic); }

std::string sha256(std::string_view bytes) {
    std::string digest(32, '\0');
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(), nullptr);
    return digest;
}

void read_compiled(std::string_view bytes, const std::string& file, draft& into) {
    into.files.push_back(file);
    const auto refuse = [&](dialects::sentence why) { into.mistakes.push_back({file, 1, 1, "", std::move(why), false}); };
    bytes.remove_prefix(magic.size());
    if (!bytes.starts_with(format)) {
        return refuse({"不支持的格式版本，请用本版本重新导入", "another format: import it again with this tongban"});
    }
    bytes.remove_prefix(format.size());
    const auto digest = bytes.substr(0, digest_bytes);
    bytes.remove_prefix(digest.size());
    if (sha256(bytes) != digest) {
        return refuse({"内容与摘要不符，文件不完整或被改动", "the digest does not fit: the file is cut or was changed"});
    }
    compiled_reader reader(bytes, static_cast<std::uint32_t>(into.files.size() - 1), into);
    if (auto wrong = reader.read(); !wrong.empty()) {
        refuse(std::move(wrong));
    }
}

std::string compiled_bytes(const cases::catalogue& known) {
    std::string rest;
    for (const auto& row : known.rows()) {
        append_delimited(*row.item, rest);
    }
    for (const auto& row : known.agreements()) {
        append_delimited(*row.agreement, rest);
    }
    for (const auto& row : known.bundles()) {
        append_delimited(*row.bundle, rest);
    }
    auto header = known.header();
    header.set_format(1);
    header.set_items(known.rows().size());
    header.set_agreements(known.agreements().size());
    header.set_bundles(known.bundles().size());
    header.set_digest(sha256(rest));
    std::string body;
    append_delimited(header, body);
    body += rest;
    return std::string(magic) + std::string(format) + sha256(body) + body;
}

} // namespace tongban::catalogue
