#include "gateway/ledger/material_view.hpp"

#include "gateway/ledger/rows.hpp"

namespace tongban::ledger {

namespace {
constexpr std::size_t event_id_size = 16;
constexpr std::size_t sha256_size = 32;
}

boost::system::result<bool> material_view::references(case_number number, std::string_view sha256) const {
    std::string value;
    return rows_.get(rows::file_of(sha256, number), value);
}

boost::system::result<bool> material_view::is_referenced(std::string_view sha256) const {
    bool found = false;
    const auto from = rows::files(sha256);
    if (auto error = rows_.scan(from, from.past(), [&](std::string_view, std::string_view) {
            found = true;
            return false;
        })) {
        return {boost::system::in_place_error, error};
    }
    return found;
}

boost::system::result<std::vector<case_number>> material_view::cases_of(std::string_view sha256,
                                                                        std::size_t max) const {
    std::vector<case_number> found;
    const auto from = rows::files(sha256);
    if (const auto error = rows_.scan(from, from.past(), [&](std::string_view key, std::string_view) {
            rows::cursor at(key.substr(from.view().size()));
            found.push_back(at.number());
            return found.size() < max;
        })) {
        return error;
    }
    return found;
}

boost::system::error_code material_view::referenced(const std::function<bool(std::string_view)>& visit) const {
    const auto from = rows::files({});
    std::string last;
    return rows_.scan(from, from.past(), [&](std::string_view key, std::string_view) {
        const auto digest = key.substr(from.view().size(), sha256_size);
        if (digest == last) {
            return true;
        }
        last = digest;
        return visit(last);
    });
}

boost::system::result<std::vector<v1::MaterialFact>> material_view::outcomes_of(case_number number) const {
    std::vector<v1::MaterialFact> facts;
    bool whole = true;
    const auto from = rows::fetch_outcomes(number);
    const auto error = rows_.scan(from, from.past(), [&](std::string_view, std::string_view value) {
        v1::MaterialFact fact;
        whole = fact.ParseFromArray(value.data(), static_cast<int>(value.size()));
        const bool same = !facts.empty() && facts.back().event_id() == fact.event_id() &&
                          facts.back().file() == fact.file();
        if (whole && !same) {
            facts.push_back(std::move(fact)); // fetched (1) sorts before given up (2)
        }
        return whole;
    });
    if (error || !whole) {
        return error ? error : store::make_error_code(store::errc::failed);
    }
    return facts;
}

boost::system::error_code
material_view::unfetched(std::uint32_t partition, const std::function<bool(const unfetched_file&)>& visit) const {
    const auto from = rows::unfetched(partition);
    return rows_.scan(from, from.past(), [&](std::string_view key, std::string_view value) {
        rows::cursor at(key.substr(1));
        unfetched_file found;
        found.number = at.number();
        found.event_id = at.text(event_id_size);
        found.file = at.u32();
        rows::cursor row(value);
        found.recorded_ms = static_cast<std::int64_t>(row.u64());
        return !at.ok() || !row.ok() || visit(found);
    });
}

} // namespace tongban::ledger
