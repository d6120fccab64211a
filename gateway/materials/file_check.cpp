#include "gateway/materials/file_check.hpp"

#include "gateway/ledger/material_view.hpp"
#include "gateway/materials/notes.hpp"
#include "monitoring/log.hpp"

#include <algorithm>

namespace tongban::materials {

namespace {

using standing = file_work::standing;
using security::digest_algorithm;
using security::digest_of;
using security::hex_of;

constexpr std::size_t cases_looked_at_max = 100'000; // under a second
constexpr std::size_t block_bytes = 1UL << 20;

void refuse_digest(file_work& work) {
    work.refuse("digest", "文件内容与摘要不符", "the content is not what its digest says");
}

// Whether the region may refer to the file by what the ledger says: it sees it in a case, whoever sent it.
boost::system::result<bool> is_seen_in_a_case(const room& in, const std::string& region, const std::string& name) {
    const auto digest = security::bytes_of_hex(name);
    const auto& ledger = in.parts.ledger;
    bool seen = false;
    std::size_t looked_at = 0;
    boost::system::error_code unread;
    const auto error = ledger::material_view(ledger.rows()).cases_of(*digest, [&](ledger::case_number number) {
        const auto state = ledger.read().case_of(number);
        unread = state ? boost::system::error_code() : state.error();
        seen = state && *state && ((*state)->origin_region() == region || (*state)->dest_region() == region);
        return !seen && !unread && ++looked_at < cases_looked_at_max;
    });
    if (error || unread) {
        return {boost::system::in_place_error, error ? error : unread};
    }
    if (!seen && looked_at == cases_looked_at_max) {
        in.metrics.limits.with({"cases_of_a_file"}).add();
    }
    return seen;
}

// Whether it may by the note beside the file, and the file is there and stays: its facts.
boost::system::result<std::optional<objects::object_facts>> sent_by(const room& in, const ledger::files_of_message& from,
                                                                    const std::string& name) {
    const auto& store = *in.store;
    // What will be collected soon is not there any more: between looking and recording it must not go.
    const auto& age_max = in.parts.settings.unreferenced_age_max;
    const auto oldest = std::chrono::system_clock::now() - age_max + age_max / 4;
    const auto holds = [&](const std::string& region) -> boost::system::result<bool> {
        const auto note = store.stat(name_of_note(holder_note(region, name)));
        if (!note) {
            return {boost::system::in_place_error, note.error()};
        }
        return note->has_value() && (*note)->written_at > oldest;
    };
    auto is_holder = holds(from.region);
    // What a platform of several regions sends is noted for its first.
    const auto first = from.partner == nullptr || from.partner->regions.empty() ? from.region : from.partner->regions.front();
    if (is_holder && !*is_holder && first != from.region) {
        is_holder = holds(first);
    }
    if (!is_holder || !*is_holder) {
        return is_holder ? boost::system::result<std::optional<objects::object_facts>>(std::nullopt) : is_holder.error();
    }
    auto file = store.stat(name);
    const bool stays = file && *file && (*file)->written_at > oldest;
    return stays || !file ? file : std::optional<objects::object_facts>();
}

// What the sender says of a file against the file.
void check_claims(room& in, const objects::object_facts& facts, file_work& work) {
    const auto& file = work.said;
    if (file.has_size() && file.size() != static_cast<std::int64_t>(facts.size)) {
        work.refuse("size", "文件大小不符：库中为" + std::to_string(facts.size) + "字节",
                    "the file has another size: " + std::to_string(facts.size) + " bytes");
        return;
    }
    std::string head(sniffed_bytes, '\0');
    const auto count = in.store->read(work.name, 0, head);
    if (!count) {
        work.is = standing::not_known;
        work.error = count.error();
        return;
    }
    head.resize(*count);
    const auto type = media_type_of(head);
    if (!may_be_called(type, file.media_type())) {
        work.refuse("media_type", "文件类型不符：按内容为" + std::string(type),
                    "the file is of another type: by its content " + std::string(type));
        return;
    }
    if (!file.sm3().empty()) {
        const auto sm3 = sm3_of_stored(in, work.name, facts.size);
        if (!sm3) {
            work.is = standing::not_known; // what is stored cannot be read now, or is not what it was
            work.error = make_error_code(objects::errc::unavailable);
            return;
        }
        if (*sm3 != file.sm3()) {
            return refuse_digest(work);
        }
    }
    work.is = standing::stored;
}

} // namespace

void file_work::refuse(const char* rule, std::string zh, std::string en) {
    is = standing::refused;
    fault = {{}, rule, std::move(zh), std::move(en), false};
}

void file_work::cannot_be_asked(boost::system::error_code why) {
    // The right to it may be known although the store is away: then it counts, where nothing is left to check.
    const bool says_more = said.has_size() || !said.sm3().empty() || !said.media_type().empty();
    is = seen_in_a_case.value_or(false) && !says_more ? standing::stored : standing::not_known;
    error = why;
}

void check_digests(room& in, file_work& work) {
    work.name = hex_of(digest_of(digest_algorithm::sha256, *work.content));
    if (!work.said.sha256().empty() && work.said.sha256() != work.name) {
        return refuse_digest(work);
    }
    if (!work.said.sm3().empty()) {
        const auto sm3 = hex_of(digest_of(digest_algorithm::sm3, *work.content));
        if (work.said.sm3() != sm3) {
            return refuse_digest(work);
        }
        in.digests.remember(work.name, sm3);
    }
}

boost::system::result<std::shared_ptr<upload>> write_beside(room& in, const ledger::files_of_message& from,
                                                            const std::string& content) {
    announced said;
    said.partner = from.partner->id;
    said.region = from.region;
    auto beside = in.arrivals.create(std::move(said), false);
    if (!beside) {
        return beside;
    }
    if (const auto written = (*beside)->append((*beside)->take_turn(), content); !written) {
        in.arrivals.remove(*beside);
        return written.error();
    }
    return beside;
}

void look_into_cases(const room& in, const std::string& region, file_work& work) {
    const auto seen = is_seen_in_a_case(in, region, work.name);
    work.seen_in_a_case = seen ? std::optional(*seen) : std::nullopt;
}

void look_into_store(room& in, const ledger::files_of_message& from, file_work& work) {
    if (!work.seen_in_a_case) {
        return work.cannot_be_asked(make_error_code(objects::errc::unavailable));
    }
    const bool seen = *work.seen_in_a_case;
    const auto facts = seen ? in.store->stat(work.name) : sent_by(in, from, work.name);
    if (!facts) {
        return work.cannot_be_asked(facts.error());
    }
    if (*facts) {
        return check_claims(in, **facts, work);
    }
    if (seen) {
        in.metrics.store_errors.with({"stat", "missing"}).add();
        monitoring::log(monitoring::severity::error, "material_lost", {{"sha256", work.name}});
    }
    if (!work.said.file_id().empty()) {
        work.is = standing::elsewhere; // a digest of the sender's own file; it opens nothing here
        return;
    }
    work.refuse("material_missing", "引用的文件不在材料库中，请先上传",
                "the referenced file is not in the store: send it first");
}

std::optional<std::string> sm3_of_stored(room& in, const std::string& name, std::uint64_t size) {
    if (auto known = in.digests.sm3_of(name)) {
        return known;
    }
    security::content_digest sha256(digest_algorithm::sha256);
    security::content_digest sm3(digest_algorithm::sm3);
    std::string block(std::min<std::uint64_t>(block_bytes, size), '\0');
    for (std::uint64_t at = 0; at < size;) {
        const auto count = in.store->read(name, at, block);
        if (!count || *count == 0) {
            return std::nullopt;
        }
        sha256.update({block.data(), *count});
        sm3.update({block.data(), *count});
        at += *count;
    }
    if (hex_of(sha256.finish()) != name) {
        in.metrics.store_errors.with({"read", "damaged"}).add();
        monitoring::log(monitoring::severity::error, "material_damaged", {{"sha256", name}});
        return std::nullopt;
    }
    auto found = hex_of(sm3.finish());
    in.digests.remember(name, found);
    return found;
}

} // namespace tongban::materials
