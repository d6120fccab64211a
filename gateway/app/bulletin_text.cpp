// The bulletin on a terminal and for a spreadsheet.
#include "gateway/app/bulletin.hpp"
#include "gateway/app/text_table.hpp"

#include "gateway/calendar/calendar.hpp"

#include <algorithm>
#include <iterator>

namespace tongban::app {

namespace {

void print_rates(const cases::figure_sums& whole, std::ostream& out) {
    text_table table({"指标", "figure", "数值 value"});
    for (const auto& rate : printed_rates(whole)) {
        table.add({std::string(rate.term), std::string(rate.english), figure_text(rate.unit, rate.value)});
    }
    table.print(out);
}

void print_counts(const cases::figure_sums& whole, std::ostream& out) {
    text_table table({"计数", "count", "数值 value"});
    for (std::size_t i = 0; i < cases::figures_known; ++i) {
        const auto f = static_cast<cases::figure>(i);
        if (whole[f] != 0) {
            table.add({std::string(cases::term(f)), std::string(cases::name(f)), std::to_string(whole[f])});
        }
    }
    if (!table.empty()) {
        out << '\n';
        table.print(out);
    }
}

void print_groups(const bulletin& of, std::ostream& out) {
    const auto title = grouping_title(of.query.by);
    std::vector<std::string> zh{std::string(title.zh)};
    std::vector<std::string> en{std::string(title.en)};
    for (const auto& column : group_columns()) {
        zh.emplace_back(column.zh);
        en.emplace_back(column.en);
    }
    text_table table(std::move(zh), std::move(en));
    for (const auto& [group, sums] : of.report.groups) {
        const bool provisional = sums[cases::figure::provisional] > 0;
        std::vector<std::string> row{group_text(group, of) + (provisional ? " ※" : "")};
        std::ranges::move(group_cells(sums), std::back_inserter(row));
        table.add(std::move(row));
    }
    if (!table.empty()) {
        out << '\n';
        table.print(out);
    }
}

void print_standing(const bulletin& of, std::ostream& out) {
    const auto as_of = as_of_text(*of.standing);
    out << "\n在办 / open cases（" << as_of.zh << " / " << as_of.en << "）\n";
    std::vector<std::string> zh{"办理地"};
    std::vector<std::string> en{"destination"};
    for (const auto& column : standing_columns()) {
        zh.emplace_back(column.zh);
        en.emplace_back(column.en);
    }
    text_table table(std::move(zh), std::move(en));
    for (const auto& [label, open] : standing_rows(of)) {
        std::vector<std::string> row{label};
        std::ranges::move(standing_cells(open), std::back_inserter(row));
        table.add(std::move(row));
    }
    table.print(out);
    out << unexplained_text(*of.standing) << '\n';
}

// RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe in front.
std::string cell(std::string_view text) {
    std::string safe(text);
    if (!safe.empty() && std::string_view("=+-@\t\r").find(safe.front()) != std::string_view::npos) {
        safe.insert(safe.begin(), '\'');
    }
    if (safe.find_first_of(",\"\r\n") == std::string::npos) {
        return safe;
    }
    std::string quoted = "\"";
    for (const char c : safe) {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + '"';
}

// The last cells of a row: what is open, as of when, and of the whole what nobody can explain. Empty where a row has none.
std::vector<std::string> standing_tail(const bulletin& of, const ledger::open_cases_by_band* open, bool whole) {
    if (open == nullptr) {
        return std::vector<std::string>(standing_columns().size() + 2);
    }
    auto cells = standing_cells(*open);
    cells.push_back(as_of_text(*of.standing).zh);
    const auto& unexplained = of.standing->figures.unexplained;
    cells.push_back(whole && unexplained ? std::to_string(*unexplained) : std::string());
    return cells;
}

void print_csv_row(const bulletin& of, const std::string& label, const cases::figure_sums& sums,
                   const std::vector<std::string>& tail, std::ostream& out) {
    out << calendars::to_text(of.query.from) << ',' << calendars::to_text(of.query.to) << ',' << cell(label);
    for (const auto& rate : cases::rates_of(sums)) {
        out << ',' << figure_text(rate.unit, rate.value, "%");
    }
    for (std::size_t i = 0; i < cases::figures_known; ++i) {
        out << ',' << sums[static_cast<cases::figure>(i)];
    }
    for (const auto& text : tail) {
        out << ',' << text;
    }
    out << "\r\n";
}

} // namespace

void print_bulletin(const bulletin& of, std::ostream& out) {
    out << "电子监察通报 / supervision report  " << calendars::to_text(of.query.from) << " – " << calendars::to_text(of.query.to)
        << "\n\n";
    const auto whole = of.report.whole();
    print_rates(whole, out);
    if (of.query.by != ledger::figure_grouping::none) {
        print_groups(of, out);
    }
    print_counts(whole, out);
    if (of.standing) {
        print_standing(of, out);
    }
    if (!of.catalogue.empty()) {
        text_table table({"目录指标（现行事项）", "of the catalogue in force", "数值 value", "分子 part", "分母 whole"});
        for (const auto& each : of.catalogue) {
            table.add({each.term, each.name, catalogue_text(each), std::to_string(each.part), std::to_string(each.whole)});
        }
        out << '\n';
        table.print(out);
    }
    out << '\n';
    for (const auto& note : notes_of(of)) {
        out << note << '\n';
    }
}

void print_bulletin_csv(const bulletin& of, std::ostream& out) {
    const auto title = grouping_title(of.query.by);
    out << "\xef\xbb\xbf起 from,止 to," << cell(std::string(title.zh) + ' ' + std::string(title.en));
    for (const auto& rate : cases::rates_of({})) {
        out << ',' << cell(std::string(rate.term) + ' ' + std::string(rate.name));
    }
    for (std::size_t i = 0; i < cases::figures_known; ++i) {
        const auto f = static_cast<cases::figure>(i);
        out << ',' << cell(std::string(cases::term(f)) + ' ' + std::string(cases::name(f)));
    }
    for (const auto& column : standing_columns()) {
        out << ',' << cell(std::string(column.zh) + ' ' + std::string(column.en));
    }
    out << ",在办截至 open as of,对账差异 unexplained\r\n";
    const auto all = of.standing ? std::optional(of.standing->figures.whole()) : std::nullopt;
    print_csv_row(of, "全部 all", of.report.whole(), standing_tail(of, all ? &*all : nullptr, true), out);
    if (of.query.by == ledger::figure_grouping::none) {
        return;
    }
    auto groups = of.report.groups;
    auto open = of.standing ? of.standing->figures.destinations : decltype(of.standing->figures.destinations)();
    const bool by_destination = of.query.by == ledger::figure_grouping::destination && of.standing;
    for (const auto& [region, each] : open) {
        if (by_destination) {
            groups[{.origin = {}, .dest = region, .item_class = {}}]; // one where nothing happened in these days
        }
    }
    for (const auto& [group, sums] : groups) {
        const auto* of_group = by_destination ? &open[group.dest] : nullptr;
        print_csv_row(of, group_text(group, of), sums, standing_tail(of, of_group, false), out);
    }
}

} // namespace tongban::app
