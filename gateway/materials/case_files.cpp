#include "gateway/materials/case_files.hpp"

#include "gateway/cases/life_cycle.hpp"
#include "gateway/ledger/dossier_files.hpp"
#include "gateway/ledger/record.hpp"
#include "security/content_digest.hpp"

#include <algorithm>

namespace tongban::materials {

namespace {

std::string name_of(std::string_view content) {
    return security::hex_of(security::digest_of(security::digest_algorithm::sha256, content));
}

void judge(case_file& found, const v1::LedgerRecord& record, const std::vector<ledger::material_view::outcome>& outcomes) {
    auto& file = found.file;
    const v1::MaterialFact* fact = nullptr;
    for (const auto& one : outcomes) {
        fact = one.fact.event_id() == record.event_id() && one.fact.file() == found.number ? &one.fact : fact;
    }
    if (fact != nullptr && fact->has_fetched()) {
        found.state = "stored";
        file.clear_content();
        file.set_sha256(ledger::to_hex(fact->fetched().sha256()));
        file.set_size(static_cast<std::int64_t>(fact->fetched().size()));
        file.set_media_type(fact->fetched().media_type());
    } else if (!file.content().empty()) {
        found.state = "inline";
        file.set_size(static_cast<std::int64_t>(file.content().size()));
        file.set_sha256(name_of(file.content()));
        file.clear_content();
    } else if (fact != nullptr) {
        found.state = "failed";
        found.failure = fact->failed().code();
    } else if (std::ranges::find(record.to_fetch(), found.number) != record.to_fetch().end()) {
        found.state = "waiting";
    } else {
        found.state = ledger::is_stored(file, record) ? "stored" : "elsewhere";
    }
}

} // namespace

boost::system::result<std::vector<case_file>> files_of(const ledger::seen_case& seen, const ledger::material_view& materials) {
    const auto facts = materials.outcomes_of(seen.row.number);
    if (!facts) {
        return facts.error();
    }
    std::vector<case_file> found;
    for (const auto& stored : seen.events) {
        if (!stored.refused_code.empty() || !seen.sight.sees(stored.at.offset)) {
            continue;
        }
        const auto event = ledger::open_event(stored.record);
        // The material that the n-th file belongs to.
        std::vector<const v1::Material*> owners;
        for (const auto& material : event.dossier().materials()) {
            owners.insert(owners.end(), static_cast<std::size_t>(material.files_size()), &material);
        }
        ledger::for_each_file(event.dossier(), [&](std::uint32_t n, const v1::MaterialFile& file) {
            case_file one{std::string(cases::name(event.body_case())), ledger::to_hex(stored.record.event_id()), n,
                          n < owners.size() ? owners[n]->code() : "", n < owners.size() ? owners[n]->name() : "", file,
                          "", ""};
            judge(one, stored.record, *facts);
            found.push_back(std::move(one));
        });
    }
    return found;
}

std::optional<v1::MaterialFile> file_inside(const ledger::seen_case& seen, std::string_view name) {
    std::optional<v1::MaterialFile> found;
    for (const auto& stored : seen.events) {
        if (found || !stored.refused_code.empty() || !seen.sight.sees(stored.at.offset)) {
            continue;
        }
        const auto event = ledger::open_event(stored.record);
        ledger::for_each_file(event.dossier(), [&](std::uint32_t, const v1::MaterialFile& file) {
            if (!found && !file.content().empty() && name_of(file.content()) == name) {
                found = file;
            }
        });
    }
    return found;
}

} // namespace tongban::materials
