// Loading, reloading, and what the metrics say of it.
#include "gateway/app/live_catalogue.hpp"

#include "gateway/cases/catalogue_figures.hpp"
#include "gateway/ledger/open_cases.hpp"
#include "monitoring/log.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <stdexcept>

namespace tongban::app {

namespace {

constexpr std::size_t lines_max = 50; // of a log line or an error; `tongban catalogue check` shows all

// A line of the log each, for a log line is bounded; gives how many there are.
std::size_t log_mistakes(const std::vector<dialects::mistake>& mistakes, bool warnings) {
    const auto severity = warnings ? monitoring::severity::warning : monitoring::severity::error;
    std::size_t count = 0;
    for (const auto& one : mistakes) {
        if (one.warning == warnings && ++count <= lines_max) {
            monitoring::log(severity, warnings ? "catalogue_warning" : "catalogue_mistake", {{"text", std::string_view(one.text())}});
        }
    }
    return count;
}

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::set<std::string_view> agreement_ids(const cases::catalogue& known) {
    std::set<std::string_view> ids;
    for (const auto& one : known.agreements()) {
        ids.insert(one.agreement->id());
    }
    return ids;
}

bool has_version(std::span<const cases::item_row> versions, std::string_view version) {
    return std::any_of(versions.begin(), versions.end(),
                       [version](const cases::item_row& row) { return row.item->version() == version; });
}

// Nothing is gone: the view need not be read.
bool keeps_all(const cases::catalogue& before, const cases::catalogue& next) {
    const auto ids = agreement_ids(next);
    for (const auto& one : before.agreements()) {
        if (!ids.contains(one.agreement->id())) {
            return false;
        }
    }
    return std::all_of(before.rows().begin(), before.rows().end(), [&next](const cases::item_row& row) {
        return has_version(next.versions(row.item->region(), row.impl_code()), row.item->version());
    });
}

// Added up once a day and after a reload: items may be a hundred thousand, and scrapes are many.
class last_figures {
public:
    const cases::catalogue_figures& of(std::shared_ptr<const cases::catalogue> known, std::int32_t day) {
        if (known != known_ || day != day_) {
            figures_ = cases::figures_of(*known, day);
            known_ = std::move(known);
            day_ = day;
        }
        return figures_;
    }

private:
    std::shared_ptr<const cases::catalogue> known_;
    std::int32_t day_ = 0;
    cases::catalogue_figures figures_;
};

} // namespace

std::vector<std::string> harmed_by(const cases::catalogue& before, const cases::catalogue& next,
                                   const store::view_store& rows) {
    std::vector<std::string> lines;
    if (keeps_all(before, next)) {
        return lines;
    }
    std::map<std::string, std::int64_t> standing; // what is gone → open cases
    const auto ids_before = agreement_ids(before);
    const auto ids_next = agreement_ids(next);
    const auto look = [&](const v1::CaseState& state) {
        const auto& agreement = state.terms().agreement();
        if (!agreement.empty() && ids_before.contains(agreement) && !ids_next.contains(agreement)) {
            ++standing["agreement " + agreement];
        }
        const auto& region = state.dest_region();
        const auto& code = state.item_impl_code();
        const auto& version = state.terms().item_version();
        const auto was = before.versions(region, code);
        const auto is = next.versions(region, code);
        if (version.empty() ? !was.empty() && is.empty() : has_version(was, version) && !has_version(is, version)) {
            ++standing["item " + code + " of " + region + (version.empty() ? "" : " version " + version)];
        }
        return standing.size() <= lines_max;
    };
    if (const auto failed = ledger::for_each_open_case(rows, look)) {
        lines.push_back("the open cases cannot be read: " + failed.message());
    }
    for (const auto& [what, count] : standing) {
        lines.push_back(what + " is gone, but " + std::to_string(count) +
                        " open cases stand on it: set its last day (valid_to) instead");
    }
    return lines;
}

live_catalogue::live_catalogue(catalogue_files files, const security::partner_directory& partners,
                               monitoring::registry& metrics)
    : files_(std::move(files)), current_(load(partners)) {
    add_metrics(metrics);
}

std::shared_ptr<const cases::catalogue> live_catalogue::load(const security::partner_directory& partners) const {
    if (!configured()) {
        return nullptr;
    }
    std::vector<std::filesystem::path> files{files_.items};
    if (!files_.agreements.empty()) {
        files.push_back(files_.agreements);
    }
    cases::check_settings settings;
    settings.day = catalogue::china_day();
    settings.knows_region = [&partners](std::string_view region) { return partners.knows_region(region); };
    const auto began = std::chrono::steady_clock::now();
    auto read = catalogue::load_catalogue(files, settings);
    if (!read.loaded) {
        const auto count = log_mistakes(read.mistakes, false);
        throw std::runtime_error("the catalogue has " + std::to_string(count) +
                                 " mistakes, told one by one above; all of them: tongban catalogue check");
    }
    log_mistakes(read.mistakes, true);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    monitoring::log(monitoring::severity::info, "catalogue_loaded",
                    {{"version", std::string_view(read.loaded->header().version())},
                     {"items", static_cast<std::int64_t>(read.loaded->rows().size())},
                     {"agreements", static_cast<std::int64_t>(read.loaded->agreements().size())},
                     {"milliseconds", static_cast<std::int64_t>(took.count() * 1000)}});
    return read.loaded;
}

void live_catalogue::reload(const security::partner_directory& partners, const store::view_store& rows) {
    const auto next = load(partners);
    const auto before = current_.get();
    if (next && before) {
        const auto harmed = harmed_by(*before, *next, rows);
        for (const auto& line : harmed) {
            monitoring::log(monitoring::severity::error, "catalogue_harms_open_cases", {{"text", std::string_view(line)}});
        }
        if (!harmed.empty()) {
            throw std::runtime_error("open cases stand on what is gone, told one by one above");
        }
    }
    current_.set(next);
    loaded_at_.set(seconds_now());
}

void live_catalogue::add_metrics(monitoring::registry& metrics) {
    if (!configured()) {
        return;
    }
    loaded_at_ = metrics.make_gauge("tongban_catalogue_loaded_timestamp_seconds", "When the catalogue in use was read.");
    loaded_at_.set(seconds_now());
    metrics.make_collected_gauge("tongban_catalogue_items", "Items of the catalogue in use, all versions.",
                                 [this](monitoring::registry::collected& out) {
                                     out.emplace_back(monitoring::labels{}, current_.get()->rows().size());
                                 });
    metrics.make_collected_gauge("tongban_catalogue_figures", "Sums over the items in force today that ratios are made of.",
                                 [this, last = last_figures{}](monitoring::registry::collected& out) mutable {
                                     const auto& figures = last.of(current_.get(), catalogue::china_day());
                                     const auto add = [&](const char* figure, std::int64_t value) {
                                         out.emplace_back(monitoring::labels{{"figure", figure}}, static_cast<double>(value));
                                     };
                                     add("items", figures.items);
                                     add("statutory_days", figures.compress_ratio.whole);
                                     add("undercut_days", figures.compress_ratio.part);
                                     add("immediate", figures.immediate_share.part);
                                     add("zero_visit", figures.zero_visit.part);
                                     add("online", figures.online_rate.part);
                                     add("full_online", figures.full_online_rate.part);
                                     add("visits", figures.visits);
                                 });
    metrics.make_collected_gauge("tongban_catalogue_agreements", "Agreements by whether they hold today.",
                                 [this](monitoring::registry::collected& out) {
                                     const auto day = catalogue::china_day();
                                     double valid = 0;
                                     double expired = 0;
                                     double later = 0;
                                     for (const auto& one : current_.get()->agreements()) {
                                         (one.valid.covers(day) ? valid : one.valid.to < day ? expired : later) += 1;
                                     }
                                     out.emplace_back(monitoring::labels{{"state", "valid"}}, valid);
                                     out.emplace_back(monitoring::labels{{"state", "expired"}}, expired);
                                     out.emplace_back(monitoring::labels{{"state", "not_yet"}}, later);
                                 });
    metrics.make_collected_gauge("tongban_catalogue_info", "Always 1; the label says which version is in use.",
                                 [this](monitoring::registry::collected& out) {
                                     const auto version = current_.get()->header().version();
                                     out.emplace_back(monitoring::labels{{"version", version}}, 1);
                                 });
}

} // namespace tongban::app
