// Sums over the totals' rows when somebody scrapes.
#include "gateway/ledger/figure_metrics.hpp"

#include "gateway/cases/figure_rates.hpp"
#include "gateway/ledger/figure_rows.hpp"

#include <map>
#include <memory>
#include <utility>

namespace tongban::ledger {

namespace {

using cases::figure;
using collected = monitoring::registry::collected;

constexpr std::size_t classes_max = 30; // a catalogue has twenty at most; the next one may name others

// What recording rules need by region; the others are shown by class alone, to keep series few.
constexpr figure by_region[] = {
    figure::submitted,     figure::received,        figure::accepted,          figure::refused,    figure::returned,
    figure::returned_unreceived, figure::lapsed,    figure::supplemented,      figure::closed,     figure::measured,
    figure::early,         figure::on_time,         figure::late,              figure::commitment, figure::commitment_early,
    figure::immediate,     figure::used_days,       figure::promise_days,      figure::promise_used_days, figure::handling_seconds,
    figure::visits_known,  figure::zero_visit,      figure::visits,            figure::transfer_seconds,  figure::evaluated,
    figure::satisfied,     figure::dissatisfied,    figure::rectified,         figure::urged,      figure::urge_answered,
    figure::messages_to_dest,    figure::receipts_of_dest, figure::messages_to_origin, figure::receipts_of_origin,
    figure::to_rectify,
};

void regions(const figure_watch& figures, bounded_labels& names, collected& out) {
    std::map<std::string, cases::figure_sums> sums;
    figures.each([&](std::string_view key, const cases::figure_sums& row) {
        if (const auto place = rows::decode_figure_total(key)) {
            sums[names.label(place->dest)] += row;
        }
    });
    for (const auto& [dest, sum] : sums) {
        for (const auto f : by_region) {
            out.push_back({{{"figure", std::string(cases::name(f))}, {"dest", dest}}, static_cast<double>(sum[f])});
        }
    }
}

std::string mode_label(v1::BusinessMode mode) {
    const auto name = cases::name(mode);
    return name.empty() ? "none" : std::string(name);
}

void classes(const figure_watch& figures, bounded_labels& names, collected& out) {
    std::map<std::pair<std::string, v1::BusinessMode>, cases::figure_sums> sums;
    figures.each([&](std::string_view key, const cases::figure_sums& row) {
        if (const auto place = rows::decode_figure_total(key)) {
            sums[{names.label(place->item_class), place->mode}] += row;
        }
    });
    for (const auto& [of, sum] : sums) {
        for (std::size_t i = 0; i < cases::figures_known; ++i) {
            const auto f = static_cast<figure>(i);
            out.push_back({{{"figure", std::string(cases::name(f))},
                            {"item_class", of.first},
                            {"mode", mode_label(of.second)}},
                           static_cast<double>(sum[f])});
        }
    }
}

// As the buckets of a histogram: each holds those below it. The label le is kept for histograms proper.
void transfers(const figure_watch& figures, collected& out) {
    cases::figure_sums sum;
    figures.each([&](std::string_view, const cases::figure_sums& row) { sum += row; });
    std::int64_t below = 0;
    for (std::size_t i = 0; i < cases::transfer_slots; ++i) {
        below += sum.transfer()[i];
        const auto bound = i < cases::transfer_bounds.size() ? std::to_string(cases::transfer_bounds[i]) : "+Inf";
        out.push_back({{{"within_seconds", bound}}, static_cast<double>(below)});
    }
}

} // namespace

void make_figure_counters(monitoring::registry& registry, const std::function<void(const collect_figures&)>& with_figures) {
    const auto counter = [&](const char* name, const char* help, auto collect) {
        registry.make_collected_counter(name, help, [with_figures, collect](collected& out) {
            with_figures([&](const figure_watch& figures, bounded_labels& names) { collect(figures, names, out); });
        });
    };
    counter("tongban_region_figures_total", "Figures of supervision since the ledger's first record, by destination", regions);
    auto known = std::make_shared<bounded_labels>(classes_max);
    counter("tongban_class_figures_total", "The same by class of item and mode",
            [known](const figure_watch& figures, bounded_labels&, collected& out) { classes(figures, *known, out); });
    counter("tongban_transfer_cases_total", "Cases received, by transfer time of at most so many seconds",
            [](const figure_watch& figures, bounded_labels&, collected& out) { transfers(figures, out); });
}

} // namespace tongban::ledger
