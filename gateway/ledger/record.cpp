// Builds ledger records. Digests are taken over the bytes that are written, never over a re-serialisation.
#include "gateway/ledger/record.hpp"

#include "gateway/cases/case_clocks.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace tongban::ledger {

namespace {

class sha256_stream {
public:
    sha256_stream() {
        // Fetched once: OpenSSL 3 looks the algorithm up under a lock when given EVP_sha256().
        static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
        EVP_DigestInit_ex2(context_.get(), algorithm, nullptr);
    }
    void update(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
    // Length first, so that ("ab","c") and ("a","bc") differ.
    void update_part(std::string_view bytes) {
        const std::uint64_t length = bytes.size();
        update({reinterpret_cast<const char*>(&length), sizeof length});
        update(bytes);
    }
    std::string finish() {
        std::string digest(32, '\0');
        EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
        return digest;
    }

private:
    struct free_context {
        void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
    };
    std::unique_ptr<EVP_MD_CTX, free_context> context_{EVP_MD_CTX_new()};
};

void set_timestamp(google::protobuf::Timestamp& out, std::chrono::system_clock::time_point at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    out.set_seconds(seconds.time_since_epoch().count());
    out.set_nanos(static_cast<int>(std::chrono::nanoseconds(at - seconds).count()));
}

} // namespace

std::string sha256(std::string_view bytes) {
    sha256_stream stream;
    stream.update(bytes);
    return stream.finish();
}

std::string to_hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const unsigned char c : bytes) {
        hex.push_back(digits[c >> 4]);
        hex.push_back(digits[c & 15]);
    }
    return hex;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) {
        return std::nullopt;
    }
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        unsigned byte = 0;
        const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
        if (error != std::errc{} || end != text.data() + i + 2) {
            return std::nullopt;
        }
        bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

// Which parcel is meant is a fact of the case; the dossier is for its two sides only.
void name_waybill(v1::CaseEvent& event) {
    const auto& waybill = event.dossier().delivery().waybill();
    if (event.has_shipped_to_dest() && event.shipped_to_dest().waybill().empty()) {
        event.mutable_shipped_to_dest()->set_waybill(waybill);
    } else if (event.has_paper_received() && event.paper_received().waybill().empty()) {
        event.mutable_paper_received()->set_waybill(waybill);
    }
}

// That somebody is to be attended to first is a fact of the case; of which group 特殊群体 the person is, the dossier's.
void mark_priority(v1::CaseEvent& event) {
    if (event.dossier().priority_group() == v1::PRIORITY_GROUP_UNSPECIFIED) {
        return;
    }
    if (event.has_case_collected()) {
        event.mutable_case_collected()->set_priority(true);
    } else if (event.has_case_submitted()) {
        event.mutable_case_submitted()->set_priority(true);
    }
}

void make_record(v1::CaseEvent&& event, const record_facts& facts, v1::LedgerRecord& record) {
    name_waybill(event);
    mark_priority(event);
    *record.mutable_dossier() = event.dossier().SerializeAsString();
    record.set_sealing(v1::SEALING_NONE);
    const auto& certificates = event.dossier().certificates();
    record.set_gives_certificate(!certificates.empty());
    record.set_gives_licence(std::ranges::any_of(certificates, [](const v1::Certificate& one) { return !one.licence_ref().empty(); }));
    record.set_clock_rules(cases::clock_rules_now);
    event.clear_dossier();

    // The fencing token says under which claim, not what: a retry under a renewed claim is the same event. Where a case stands
    // its destination is the case's: that another was chosen since makes no new event of what was said of it.
    const auto token = event.fencing_token();
    event.set_fencing_token(0);
    const bool chooses = event.has_case_submitted() || event.has_case_collected();
    const auto destination = chooses ? std::string() : event.case_().dest_region();
    if (!chooses) {
        event.mutable_case_()->clear_dest_region();
    }
    sha256_stream content;
    content.update_part(event.SerializeAsString());
    content.update_part(record.dossier());
    record.set_content_digest(content.finish());
    event.set_fencing_token(token);
    if (!chooses) {
        event.mutable_case_()->set_dest_region(destination);
    }

    sha256_stream id;
    id.update_part(facts.sender.region());
    id.update_part(event.case_().case_id());
    if (facts.idempotency_key.empty()) {
        id.update_part(record.content_digest());
    } else {
        // A key is its partner's own, and of one kind of event: two windows that both count from 1 do not repeat each
        // other, nor a claim and its release. The position keeps the events of one batch apart.
        id.update_part(facts.sender.partner());
        id.update_part(std::to_string(event.body_case()));
        id.update_part(std::to_string(facts.part));
        id.update_part(facts.idempotency_key);
    }
    record.set_event_id(id.finish().substr(0, 16));

    *record.mutable_event() = std::move(event);
    *record.mutable_sender() = facts.sender;
    set_timestamp(*record.mutable_received_at(), facts.received_at);
    record.set_raw_digest(std::string(facts.raw_digest));
    record.set_raw_content_type(std::string(facts.raw_content_type));
    record.set_trace_id(std::string(facts.trace_id));
    record.set_part(facts.part);
}

cases::record_time recorded_at(const v1::LedgerRecord& record, const log::record& as_read) {
    return record.recorded_ms() == 0 ? as_read.recorded_at
                                     : cases::record_time(std::chrono::milliseconds(record.recorded_ms()));
}

v1::CaseEvent open_event(v1::LedgerRecord record) {
    v1::CaseEvent event = std::move(*record.mutable_event());
    if (record.sealing() == v1::SEALING_NONE && !event.mutable_dossier()->ParseFromString(record.dossier())) {
        event.clear_dossier();
    }
    return event;
}

} // namespace tongban::ledger
