// A bulletin 通报 of supervision: the figures of some days, what the catalogue adds, and the ways to print it.
#pragma once

#include "gateway/cases/catalogue.hpp"
#include "gateway/cases/figure_rates.hpp"
#include "gateway/ledger/figure_view.hpp"
#include "gateway/ledger/standing_figures.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::app {

// A ratio over the items in force; none of it is a matter of cases or days.
struct catalogue_figure {
    std::string name;
    std::string term;
    std::int64_t part{};
    std::int64_t whole{};
};
std::vector<catalogue_figure> catalogue_figures_of(const cases::catalogue& known, std::int32_t day);
std::map<std::string, std::string> class_names_of(const cases::catalogue& known);

// 在办: not of the bulletin's days, but of the moment at which it was made.
struct bulletin_standing {
    ledger::standing_figures figures;
    std::int64_t as_of_ms = 0; // 0: as a stopped gateway left its view
};

struct bulletin {
    ledger::figure_query query;
    ledger::figure_report report;
    std::vector<catalogue_figure> catalogue; // empty: the gateway has none
    std::map<std::string, std::string> class_names{}; // 事项类别 by their codes, as the catalogue names them
    // None where cases of one origin are asked for: open cases are counted by destination.
    std::optional<bulletin_standing> standing{};
};

// Reads what is open now into the bulletin. An error is the store's.
boost::system::error_code add_standing(const store::view_store& rows, std::int64_t as_of_ms, bulletin& told);
// null when there is none.
boost::json::value standing_json(const bulletin& of);
// Throws when it is not such a value.
std::optional<bulletin_standing> standing_from(const boost::json::value& value);

// One stretch, as GET /figures gives it, and read back; nullopt when it is not such an answer.
boost::json::object stretch_json(const bulletin& stretch);
std::optional<bulletin> stretch_from(const boost::json::value& value);

// All of it, with its rates.
boost::json::object bulletin_json(const bulletin& of);

void print_bulletin(const bulletin& of, std::ostream& out);
// UTF-8 with a byte-order mark, RFC 4180: Excel opens it. One row for the whole and one for each group.
void print_bulletin_csv(const bulletin& of, std::ostream& out);
// One file without scripts or references, made for A4.
void print_bulletin_html(const bulletin& of, std::ostream& out);

// What the printings share.
// "75.00 %", "3.50"; "–" where there is nothing to divide by.
std::string figure_text(cases::figure_unit unit, std::optional<double> value, std::string_view percent = " %");
std::string catalogue_text(const catalogue_figure& of, std::string_view percent = " %");
// "370800 → 140400", "公积金 housing", "市级 CITY"; "未分类 none" for what is empty.
std::string group_text(const ledger::figure_group& group, const bulletin& of);
// "收件地 → 办理地", "origin → destination".
struct title {
    std::string_view zh;
    std::string_view en;
};
title grouping_title(ledger::figure_grouping by) noexcept;
// Which rates a table by group has a column for, with short headings.
struct group_column {
    std::string_view name; // of a rate or a figure
    std::string_view zh;
    std::string_view en;
};
const std::vector<group_column>& group_columns();
// One text for each of them.
std::vector<std::string> group_cells(const cases::figure_sums& sums);
// Those of a printed list: without the parts of a rate that are 0.
std::vector<cases::figure_rate> printed_rates(const cases::figure_sums& sums);
// "全部 all" first, then each destination where the bulletin is by destination. Precondition, as of what follows: `standing`.
std::vector<std::pair<std::string, ledger::open_cases_by_band>> standing_rows(const bulletin& of);
// Headings of the counts, and a text for each.
const std::vector<title>& standing_columns();
std::vector<std::string> standing_cells(const ledger::open_cases_by_band& open);
// "截至 2026-09-30 17:00", "as of 2026-09-30 17:00".
struct said_twice {
    std::string zh;
    std::string en;
};
said_twice as_of_text(const bulletin_standing& standing);
std::string unexplained_text(const bulletin_standing& standing);
// Sentences at the end: what is counted, and what is provisional.
std::vector<std::string> notes_of(const bulletin& of);

} // namespace tongban::app
