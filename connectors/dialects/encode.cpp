// Codecs of a framing, backwards: from text to the bytes that are sent.
#include "connectors/dialects/text.hpp"
#include "connectors/dialects/writer.hpp"

#include <zlib.h>

namespace tongban::dialects {

namespace {

void deflate_gzip(const std::string& in, std::string& out) {
    z_stream stream{};
    deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    out.resize(deflateBound(&stream, static_cast<uLong>(in.size())));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
}

} // namespace

void encode(const std::vector<codec_step>& codecs, std::string& bytes) {
    for (auto codec = codecs.rbegin(); codec != codecs.rend(); ++codec) {
        std::string out;
        switch (codec->kind) {
        case codec_kind::charset:
            from_utf8(codec->from, bytes, out);
            break;
        case codec_kind::base64:
            encode_base64(bytes, out);
            break;
        case codec_kind::json_string:
            out = '"';
            append_json_escaped(bytes, out);
            out += '"';
            break;
        case codec_kind::gzip:
            deflate_gzip(bytes, out);
            break;
        }
        bytes = std::move(out);
    }
}

} // namespace tongban::dialects
