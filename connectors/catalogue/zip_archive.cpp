// minizip over memory: five small functions stand for the file.
#include "connectors/catalogue/zip_archive.hpp"

#include <minizip/unzip.h>

#include <algorithm>
#include <cstring>

namespace tongban::catalogue {

namespace {

struct memory {
    std::string_view bytes;
    std::size_t at = 0;
};

memory& of(voidpf stream) { return *static_cast<memory*>(stream); }

voidpf open_memory(voidpf opaque, const void* /*name*/, int /*mode*/) { return opaque; }

uLong read_memory(voidpf /*opaque*/, voidpf stream, void* into, uLong size) {
    auto& from = of(stream);
    const auto count = std::min<std::size_t>(size, from.bytes.size() - std::min(from.at, from.bytes.size()));
    std::memcpy(into, from.bytes.data() + from.at, count);
    from.at += count;
    return count;
}

uLong write_memory(voidpf /*opaque*/, voidpf /*stream*/, const void* /*from*/, uLong /*size*/) { return 0; }

ZPOS64_T tell_memory(voidpf /*opaque*/, voidpf stream) { return of(stream).at; }

long seek_memory(voidpf /*opaque*/, voidpf stream, ZPOS64_T offset, int origin) {
    auto& in = of(stream);
    const std::size_t start = origin == ZLIB_FILEFUNC_SEEK_CUR   ? in.at
                              : origin == ZLIB_FILEFUNC_SEEK_END ? in.bytes.size()
                                                                 : 0;
    const std::size_t wanted = start + static_cast<std::size_t>(offset);
    if (wanted > in.bytes.size() || wanted < start) {
        return -1;
    }
    in.at = wanted;
    return 0;
}

int close_memory(voidpf /*opaque*/, voidpf /*stream*/) { return 0; }
int no_error(voidpf /*opaque*/, voidpf /*stream*/) { return 0; }

} // namespace

zip_archive::zip_archive(std::string_view bytes) : source_(new memory{bytes, 0}) {
    zlib_filefunc64_def functions{};
    functions.zopen64_file = open_memory;
    functions.zread_file = read_memory;
    functions.zwrite_file = write_memory;
    functions.ztell64_file = tell_memory;
    functions.zseek64_file = seek_memory;
    functions.zclose_file = close_memory;
    functions.zerror_file = no_error;
    functions.opaque = source_;
    handle_ = unzOpen2_64("", &functions);
}

zip_archive::~zip_archive() {
    if (handle_ != nullptr) {
        unzClose(handle_);
    }
    delete static_cast<memory*>(source_);
}

std::optional<std::string> zip_archive::part(const std::string& name, std::size_t& budget) const {
    constexpr int exact_case = 1;
    if (handle_ == nullptr || unzLocateFile(handle_, name.c_str(), exact_case) != UNZ_OK ||
        unzOpenCurrentFile(handle_) != UNZ_OK) {
        return std::nullopt;
    }
    std::string text;
    char block[65536];
    int count = 0;
    while ((count = unzReadCurrentFile(handle_, block, sizeof block)) > 0) {
        if (static_cast<std::size_t>(count) > budget) { // what the archive says of sizes is not believed
            unzCloseCurrentFile(handle_);
            return std::nullopt;
        }
        budget -= static_cast<std::size_t>(count);
        text.append(block, static_cast<std::size_t>(count));
    }
    const bool whole = count == 0 && unzCloseCurrentFile(handle_) == UNZ_OK; // the checksum is compared here
    return whole ? std::optional(std::move(text)) : std::nullopt;
}

} // namespace tongban::catalogue
