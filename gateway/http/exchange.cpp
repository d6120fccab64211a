// Reuse without leaks: every field a request can set is cleared here, capacities stay as long as they are small.
#include "gateway/http/exchange.hpp"

#include <algorithm>
#include <cstring>

namespace tongban::http {

std::span<char> exchange::room() {
    if (end == block.size() && begin > 0) {
        std::memmove(block.data(), block.data() + begin, end - begin);
        end -= begin;
        begin = 0;
    }
    if (end == block.size()) {
        // One byte more than allowed, so that the parser sees that it is too much.
        const std::size_t most = limits_.header_bytes_max + limits_.target_bytes_max + block_bytes;
        block.resize(std::min(block.size() * 2, std::max(most, block.size())));
    }
    return {block.data() + end, block.size() - end};
}

void exchange::next() {
    sink.release();
    parser_.emplace(limits_, sink);
    req.method = method::other;
    req.path = {};
    req.query.clear();
    req.content_type = {};
    req.accept = {};
    req.idempotency_key = {};
    req.dialect = {};
    req.attempt = {};
    req.last_event_id = {};
    req.file = {};
    req.content_length.reset();
    req.arriving = nullptr;
    req.request_id.clear();
    req.trace_id.clear();
    req.parameters.clear();
    req.certificate.reset();
    req.deadline = {};
    req.client_has_closed = nullptr; // both ask the connection, which this outlives
    req.rights_may_differ = nullptr;
    where.query.clear();
    out.clear();
    if (out.capacity() > 2 * block_bytes) {
        out.shrink_to_fit();
    }
    received = 0;
    sent = 0;
}

void exchange::forget() {
    next();
    begin = end = 0;
    if (block.size() > block_bytes) {
        std::vector<char>(block_bytes).swap(block);
    }
}

} // namespace tongban::http
