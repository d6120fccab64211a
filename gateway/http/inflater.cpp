// zlib in gzip mode only: raw deflate and zlib framing are other content codings, which are answered 415.
#include "gateway/http/inflater.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <zlib.h>

namespace tongban::http {

inflater::inflater() : stream_(std::make_unique<z_stream_s>()) {
    usable_ = inflateInit2(stream_.get(), MAX_WBITS + 16) == Z_OK;
}

inflater::~inflater() {
    if (usable_) {
        inflateEnd(stream_.get());
    }
}

inflater::verdict inflater::put(std::string_view compressed, std::string& into, std::size_t bytes_max) {
    if (!usable_ || compressed.size() > std::numeric_limits<uInt>::max()) {
        return verdict::broken;
    }
    std::array<char, 8192> out;
    // zlib's interface is not const-correct; it does not write to the input.
    stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
    stream_->avail_in = static_cast<uInt>(compressed.size());
    for (;;) {
        if (complete_) {
            if (stream_->avail_in == 0) {
                return verdict::done;
            }
            complete_ = false;
            inflateReset(stream_.get());
        }
        stream_->next_out = reinterpret_cast<Bytef*>(out.data());
        stream_->avail_out = static_cast<uInt>(out.size());
        const int result = inflate(stream_.get(), Z_NO_FLUSH);
        const std::size_t made = out.size() - stream_->avail_out;
        if (made > bytes_max - std::min(bytes_max, into.size())) {
            return verdict::too_large;
        }
        into.append(out.data(), made);
        if (result == Z_STREAM_END) {
            complete_ = true;
        } else if (result == Z_BUF_ERROR || (result == Z_OK && stream_->avail_in == 0 && stream_->avail_out != 0)) {
            return verdict::more;
        } else if (result != Z_OK) {
            return verdict::broken;
        }
    }
}

} // namespace tongban::http
