// The bulletin as one page: no script, no reference to anything outside it, everything escaped.
#include "gateway/app/bulletin.hpp"

#include "connectors/dialects/text.hpp"
#include "gateway/calendar/calendar.hpp"

namespace tongban::app {

namespace {

constexpr std::string_view style = R"(
@page { margin: 14mm 12mm; }
* { box-sizing: border-box; }
body { font-family: "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", SimSun, sans-serif;
  color: #1a1a1a; margin: 0 auto; max-width: 297mm; padding: 6mm; font-size: 10.5pt; line-height: 1.45; }
h1 { font-size: 18pt; text-align: center; margin: 0; color: #8c1515; letter-spacing: .1em; }
h1 small { display: block; font-size: 10pt; font-weight: normal; color: #555; letter-spacing: 0; }
.period { text-align: center; margin: 2mm 0 6mm; padding-bottom: 3mm; border-bottom: 2px solid #8c1515; }
h2 { font-size: 12pt; margin: 6mm 0 2mm; }
h2 small, th small { font-weight: normal; color: #666; }
th small { display: block; font-size: 7.5pt; }
.side { columns: 2; column-gap: 8mm; }
table { width: 100%; border-collapse: collapse; break-inside: auto; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border: 1px solid #bbb; padding: 1mm 1.8mm; text-align: left; vertical-align: middle; }
thead th { background: #f3ecec; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
table.groups { font-size: 8.5pt; }
table.groups th, table.groups td { padding: .8mm 1.1mm; }
.notes { margin-top: 6mm; font-size: 8.5pt; color: #444; }
@media print {
  body { padding: 0 .5mm; max-width: none; font-size: 9pt; line-height: 1.3; }
  th, td { padding: .5mm 1.5mm; }
  h2 { margin-top: 4mm; }
  .notes { margin-top: 3mm; }
}
)";

std::string escaped(std::string_view text) {
    std::string out;
    dialects::append_xml_escaped(text, out);
    return out;
}

void heading(std::ostream& out, std::string_view zh, std::string_view en) {
    out << "<h2>" << zh << " <small>" << en << "</small></h2>\n";
}

void head_cell(std::ostream& out, std::string_view zh, std::string_view en) {
    out << "<th scope=\"col\">" << escaped(zh) << "<small>" << escaped(en) << "</small></th>";
}

void line(std::ostream& out, std::string_view zh, std::string_view en, std::string_view value) {
    out << "<tr><th scope=\"row\">" << escaped(zh) << "<small>" << escaped(en) << "</small></th><td class=\"number\">"
        << escaped(value) << "</td></tr>\n";
}

void rates_table(const cases::figure_sums& whole, std::ostream& out) {
    heading(out, "指标", "figures");
    out << "<div class=\"side\"><table><tbody>\n";
    for (const auto& rate : printed_rates(whole)) {
        line(out, rate.term, rate.english, figure_text(rate.unit, rate.value));
    }
    out << "</tbody></table></div>\n";
}

void groups_table(const bulletin& of, std::ostream& out) {
    heading(out, "分组", "by group");
    out << "<table class=\"groups\"><thead><tr>";
    const auto title = grouping_title(of.query.by);
    head_cell(out, title.zh, title.en);
    for (const auto& column : group_columns()) {
        head_cell(out, column.zh, column.en);
    }
    out << "</tr></thead><tbody>\n";
    for (const auto& [group, sums] : of.report.groups) {
        out << "<tr><th scope=\"row\">" << escaped(group_text(group, of))
            << (sums[cases::figure::provisional] > 0 ? " ※" : "") << "</th>";
        for (const auto& text : group_cells(sums)) {
            out << "<td class=\"number\">" << escaped(text) << "</td>";
        }
        out << "</tr>\n";
    }
    out << "</tbody></table>\n";
}

void counts_table(const cases::figure_sums& whole, std::ostream& out) {
    heading(out, "计数", "counts");
    out << "<div class=\"side\"><table><tbody>\n";
    for (std::size_t i = 0; i < cases::figures_known; ++i) {
        const auto f = static_cast<cases::figure>(i);
        if (whole[f] != 0) {
            line(out, cases::term(f), cases::meaning(f), std::to_string(whole[f]));
        }
    }
    out << "</tbody></table></div>\n";
}

void standing_table(const bulletin& of, std::ostream& out) {
    const auto as_of = as_of_text(*of.standing);
    heading(out, "在办（" + as_of.zh + "）", "open cases, " + as_of.en);
    out << "<table><thead><tr>";
    head_cell(out, "办理地", "destination");
    for (const auto& column : standing_columns()) {
        head_cell(out, column.zh, column.en);
    }
    out << "</tr></thead><tbody>\n";
    for (const auto& [label, open] : standing_rows(of)) {
        out << "<tr><th scope=\"row\">" << escaped(label) << "</th>";
        for (const auto& text : standing_cells(open)) {
            out << "<td class=\"number\">" << text << "</td>";
        }
        out << "</tr>\n";
    }
    out << "</tbody></table>\n<p>" << escaped(unexplained_text(*of.standing)) << "</p>\n";
}

void catalogue_table(const bulletin& of, std::ostream& out) {
    heading(out, "目录指标", "of the items in force");
    out << "<table><thead><tr>";
    head_cell(out, "指标", "figure");
    head_cell(out, "数值", "value");
    head_cell(out, "分子", "part");
    head_cell(out, "分母", "whole");
    out << "</tr></thead><tbody>\n";
    for (const auto& each : of.catalogue) {
        out << "<tr><th scope=\"row\">" << escaped(each.term) << "<small>" << escaped(each.name)
            << "</small></th><td class=\"number\">" << catalogue_text(each) << "</td><td class=\"number\">" << each.part
            << "</td><td class=\"number\">" << each.whole << "</td></tr>\n";
    }
    out << "</tbody></table>\n";
}

} // namespace

void print_bulletin_html(const bulletin& of, std::ostream& out) {
    const bool grouped = of.query.by != ledger::figure_grouping::none;
    const auto from = calendars::to_text(of.query.from);
    const auto to = calendars::to_text(of.query.to);
    const auto whole = of.report.whole();
    out << "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
           "<title>跨省通办电子监察通报 " << from << " – " << to << "</title>\n<style>"
        << style << "@page { size: A4 " << (grouped ? "landscape" : "portrait") << "; }\n</style>\n</head>\n<body>\n"
        << "<h1>跨省通办电子监察通报<small>Cross-province services: supervision bulletin</small></h1>\n<p class=\"period\">" << from
        << " 至 " << to << "</p>\n";
    rates_table(whole, out);
    if (grouped) {
        groups_table(of, out);
    }
    counts_table(whole, out);
    if (of.standing) {
        standing_table(of, out);
    }
    if (!of.catalogue.empty()) {
        catalogue_table(of, out);
    }
    out << "<div class=\"notes\">\n";
    for (const auto& note : notes_of(of)) {
        out << "<p>" << escaped(note) << "</p>\n";
    }
    out << "</div>\n</body>\n</html>\n";
}

} // namespace tongban::app
