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
    for (const auto& rate : cases::rates_of(whole)) {
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

void print_csv_row(const bulletin& of, const std::string& label, const cases::figure_sums& sums, std::ostream& out) {
    out << calendars::to_text(of.query.from) << ',' << calendars::to_text(of.query.to) << ',' << cell(label);
    for (const auto& rate : cases::rates_of(sums)) {
        out << ',' << figure_text(rate.unit, rate.value, "%");
    }
    for (std::size_t i = 0; i < cases::figures_known; ++i) {
        out << ',' << sums[static_cast<cases::figure>(i)];
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
    out << "\r\n";
    print_csv_row(of, "全部 all", of.report.whole(), out);
    if (of.query.by != ledger::figure_grouping::none) {
        for (const auto& [group, sums] : of.report.groups) {
            print_csv_row(of, group_text(group, of), sums, out);
        }
    }
}

} // namespace tongban::app
