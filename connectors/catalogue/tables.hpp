// Tables as cities exchange them: CSV in UTF-8 or GB18030, Excel workbooks. Rows of texts with the line they stand on;
// what they mean is table_reader's business.
#pragma once

#include "connectors/dialects/dialect.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::catalogue {

struct table_row {
    int line{}; // of the file, or of the sheet as Excel numbers it
    std::vector<std::string> cells;
};

// What the bare number of a day counts from: ECMA-376 18.17.4.1. Workbooks that began on a Macintosh say 1904.
enum class day_count { since_1900, since_1904 };

struct table {
    std::string name; // the file, with the sheet in brackets
    std::vector<table_row> rows;
    day_count days = day_count::since_1900;
};

inline constexpr std::size_t table_bytes_max = 256UL << 20;   // of a file, and of a workbook's parts unpacked
inline constexpr std::size_t table_rows_max = 2'000'000;
inline constexpr std::size_t table_columns_max = 200;

// Each gives what could be read; mistakes that end the reading are added with their place.
std::vector<table> read_csv(std::string_view bytes, const std::string& file, std::vector<dialects::mistake>& mistakes);
std::vector<table> read_workbook(std::string_view bytes, const std::string& file,
                                 std::vector<dialects::mistake>& mistakes);

// A workbook is a ZIP archive.
bool is_workbook(std::string_view bytes) noexcept;

} // namespace tongban::catalogue
