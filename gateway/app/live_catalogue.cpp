// Loading, reloading, and what the metrics say of it.
#include "gateway/app/live_catalogue.hpp"

#include "gateway/app/not_taken.hpp"
#include "gateway/cases/catalogue_figures.hpp"
#include "gateway/cases/catalogue_standing.hpp"
#include "gateway/ledger/open_cases.hpp"
#include "monitoring/log.hpp"

#include <algorithm>
#include <chrono>
#include <map>
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

// Open cases that stand on what the catalogue lacks or words otherwise, by item version or agreement.
class standing_cases {
public:
    void add(const std::vector<cases::standing_fault>& faults, const std::string& case_id) {
        cases_ += faults.empty() ? 0 : 1;
        for (const auto& fault : faults) {
            if (found_.size() >= lines_max && !found_.contains(fault)) {
                continue;
            }
            auto& of = found_[fault];
            if (++of.cases <= cases_named_max) {
                of.named += (of.named.empty() ? "" : ", ") + case_id;
            }
        }
    }

    std::int64_t cases() const noexcept { return cases_; }

    struct line {
        std::string zh;
        std::string en;
    };
    std::vector<line> lines() const {
        std::vector<line> all;
        for (const auto& [fault, of] : found_) {
            const auto count = std::to_string(of.cases);
            const auto named = of.named + (of.cases > cases_named_max ? ", …" : "");
            all.push_back({fault.zh + "，仍有 " + count + " 件在办据此办理（" + named + "）：请设失效日期（valid_to）或另立新版本",
                           fault.en + ", but " + count + " open cases stand on it (" + named +
                               "): set its last day (valid_to), or make a new version"});
        }
        return all;
    }

private:
    static constexpr std::int64_t cases_named_max = 5;
    struct standing {
        std::int64_t cases = 0;
        std::string named;
    };
    std::map<cases::standing_fault, standing> found_;
    std::int64_t cases_ = 0;
};

void log_standing(const std::vector<standing_cases::line>& lines) {
    for (const auto& line : lines) {
        monitoring::log(monitoring::severity::error, "catalogue_harms_open_cases",
                        {{"text_zh", std::string_view(line.zh)}, {"text_en", std::string_view(line.en)}});
    }
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

cases::check_settings check_settings_for(const security::partner_directory& partners) {
    cases::check_settings settings;
    settings.day = catalogue::china_day();
    settings.knows_region = [&partners](std::string_view region) { return partners.knows_region(region); };
    settings.knows_handler = [&partners](std::string_view region, std::string_view name) {
        return std::ranges::any_of(partners.partners(), [&](const auto& partner) {
            return partner->acts_for(region) && std::ranges::find(partner->automatic, name, &security::automatic_handler::name) !=
                                                    partner->automatic.end();
        });
    };
    return settings;
}

catalogue::load_result read_catalogue(const catalogue_files& files, const cases::check_settings& settings) {
    if (files.items.empty()) {
        return {};
    }
    std::vector<std::filesystem::path> both{files.items};
    if (!files.agreements.empty()) {
        both.push_back(files.agreements);
    }
    return catalogue::load_catalogue(both, settings);
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
    const auto began = std::chrono::steady_clock::now();
    auto read = read_catalogue(files_, check_settings_for(partners));
    if (!read.loaded) {
        const auto count = log_mistakes(read.mistakes, false);
        const auto number = std::to_string(count);
        throw not_taken({"事项目录有 " + number + " 处错误，详见以上各行；全部错误：tongban catalogue check",
                         "the catalogue has " + number + " mistakes, told one by one above; all of them: tongban catalogue check"});
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
        refuse_harm(*before, *next, rows);
    }
    current_.set(next);
    loaded_at_.set(seconds_now());
}

void live_catalogue::refuse_harm(const cases::catalogue& before, const cases::catalogue& next, const store::view_store& rows) {
    const cases::catalogue_difference difference(before, next);
    if (difference.empty()) {
        return; // the view need not be read
    }
    standing_cases harmed;
    const auto failed = ledger::for_each_open_case(rows, [&](const v1::CaseState& state) {
        harmed.add(difference.faults(state), state.case_id());
        return true;
    });
    if (failed) {
        throw not_taken({"无法读取在办件：" + failed.message(), "the open cases cannot be read: " + failed.message()});
    }
    if (const auto lines = harmed.lines(); !lines.empty()) {
        log_standing(lines);
        throw not_taken({"在办件所依据的事项或协议已缺失或改动，详见以上各行；第一处：" + lines.front().zh,
                         "open cases stand on what is gone or changed, told one by one above; the first: " + lines.front().en});
    }
}

void live_catalogue::look_at_open_cases(const store::view_store& rows, const std::stop_token& stop) {
    const auto known = current_.get();
    standing_cases harmed;
    const auto failed = ledger::for_each_open_case(rows, [&](const v1::CaseState& state) {
        harmed.add(cases::standing_faults(*known, state), state.case_id());
        return !stop.stop_requested();
    });
    if (failed) {
        monitoring::log(monitoring::severity::error, "open_cases_unreadable", {{"reason", std::string_view(failed.message())}});
    }
    log_standing(harmed.lines());
    harmed_cases_.set(static_cast<double>(harmed.cases()));
}

void live_catalogue::add_metrics(monitoring::registry& metrics) {
    if (!configured()) {
        return;
    }
    loaded_at_ = metrics.make_gauge("tongban_catalogue_loaded_timestamp_seconds", "When the catalogue in use was read.");
    loaded_at_.set(seconds_now());
    harmed_cases_ = metrics.make_gauge("tongban_catalogue_harmed_cases",
                                       "Open cases that stood on an item version or agreement which the catalogue lacks or "
                                       "words otherwise, at start or when it was reloaded last.");
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
