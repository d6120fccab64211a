#include "gateway/materials/file_check.hpp"

#include "gateway/ledger/material_view.hpp"
#include "gateway/materials/keeping.hpp"
#include "gateway/materials/notes.hpp"
#include "monitoring/log.hpp"

#include <algorithm>

namespace tongban::materials {

namespace {

using kind = file_work::kind;
using standing = file_work::standing;
using security::digest_algorithm;
using security::digest_of;
using security::hex_of;

constexpr std::size_t cases_looked_at_max = 100'000; // under a second
constexpr std::size_t block_bytes = 1UL << 20;

void refuse(file_work& work, const char* rule, std::string zh, std::string en) {
    work.is = standing::refused;
    work.fault = {{}, rule, std::move(zh), std::move(en), false};
}

void refuse_digest(file_work& work) {
    refuse(work, "digest", "文件内容与摘要不符", "the content is not what its digest says");
}

// Written beside for the scanner, under the bounds of unfinished uploads; gone when this returns.
objects::scan_verdict scan_content(room& in, const ledger::files_of_message& from, std::string_view content,
                                   boost::system::error_code& error) {
    announced said;
    said.partner = from.partner->id;
    said.region = from.region;
    const auto made = in.arrivals.create(std::move(said), false);
    if (!made) {
        error = made.error();
        return objects::scan_verdict::unavailable;
    }
    const auto& beside = *made;
    const auto written = beside->append(beside->take_turn(), content);
    const auto verdict = written ? in.parts.scanner->scan(beside->file()) : objects::scan_verdict::unavailable;
    error = written ? boost::system::error_code() : written.error();
    in.arrivals.remove(beside);
    return verdict;
}

// False: `work` says why.
bool passes_scanner(room& in, const ledger::files_of_message& from, file_work& work) {
    boost::system::error_code error;
    const auto verdict = scan_content(in, from, work.file->content(), error);
    in.metrics.count_scan(verdict);
    if (error) {
        in.metrics.store_errors.with({"stage", kind_of(error)}).add();
        monitoring::log(monitoring::severity::error, "material_not_staged",
                        {{"partner", from.partner->id}, {"reason", error.message()}});
    }
    if (verdict == objects::scan_verdict::refused) {
        refuse(work, "scan", "文件未通过安全检查", "the scanner refuses this file");
    } else if (verdict == objects::scan_verdict::unavailable) {
        work.later = {"scan-unavailable", "安全检查暂不可用，请稍后重发同一报文",
                      "The scanner cannot be asked now: send the same message again"};
    }
    return verdict == objects::scan_verdict::clean;
}

// What the sender says of a file against the file.
void check_claims(room& in, const objects::object_facts& facts, file_work& work) {
    const auto& file = *work.file;
    if (file.has_size() && file.size() != static_cast<std::int64_t>(facts.size)) {
        refuse(work, "size", "文件大小不符：库中为" + std::to_string(facts.size) + "字节",
               "the file has another size: " + std::to_string(facts.size) + " bytes");
        return;
    }
    std::string head(sniffed_bytes, '\0');
    const auto count = in.parts.store->read(work.name, 0, head);
    if (!count) {
        work.is = standing::not_known;
        work.error = count.error();
        return;
    }
    head.resize(*count);
    const auto type = media_type_of(head);
    if (!may_be_called(type, file.media_type())) {
        refuse(work, "media_type", "文件类型不符：按内容为" + std::string(type),
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

void check_content(room& in, const ledger::files_of_message& from, file_work& work) {
    auto& file = *work.file;
    const std::string_view content = file.content();
    work.name = hex_of(digest_of(digest_algorithm::sha256, content));
    if (!file.sha256().empty() && file.sha256() != work.name) {
        return refuse_digest(work);
    }
    if (!file.sm3().empty()) {
        const auto sm3 = hex_of(digest_of(digest_algorithm::sm3, content));
        if (file.sm3() != sm3) {
            return refuse_digest(work);
        }
        in.digests.remember(work.name, sm3);
    }
    if (in.parts.scanner && !passes_scanner(in, from, work)) {
        return;
    }
    if (content.size() < in.parts.settings.lift_bytes_min) {
        work.is = standing::inside;
        return;
    }
    const auto done = keep_file(*in.parts.store, work.name, from.region, *objects::source_of_bytes(content));
    work.is = done ? standing::stored : standing::not_put;
    work.error = done ? boost::system::error_code() : done.error();
}

void check_reference(room& in, const ledger::files_of_message& from, file_work& work) {
    const auto seen = is_seen_in_a_case(in, from.region, work.name);
    auto facts = seen && *seen ? in.parts.store->stat(work.name) : sent_by(in, from, work.name);
    if (!seen || !facts) {
        // The right to it may be known although the store is away: then it counts, where nothing is left to check.
        const auto& file = *work.file;
        const bool says_more = file.has_size() || !file.sm3().empty() || !file.media_type().empty();
        work.is = seen && *seen && !says_more ? standing::stored : standing::not_known;
        work.error = seen ? facts.error() : make_error_code(objects::errc::unavailable);
        return;
    }
    if (*facts) {
        return check_claims(in, **facts, work);
    }
    if (seen && *seen) {
        in.metrics.store_errors.with({"stat", "missing"}).add();
        monitoring::log(monitoring::severity::error, "material_lost", {{"sha256", work.name}});
    }
    if (!work.file->file_id().empty()) {
        work.is = standing::elsewhere; // a digest of the sender's own file; it opens nothing here
        return;
    }
    refuse(work, "material_missing", "引用的文件不在材料库中，请先上传",
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
        const auto count = in.parts.store->read(name, at, block);
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

boost::system::result<std::optional<objects::object_facts>> sent_by(const room& in, const ledger::files_of_message& from,
                                                                    const std::string& name) {
    const auto& store = *in.parts.store;
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

} // namespace tongban::materials
