// CSV: one record per row node. A row of the wrong width is that row's fault.
#include "connectors/dialects/csv_scanner.hpp"
#include "connectors/dialects/readers.hpp"
#include "connectors/dialects/text.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {

class csv_walk {
public:
    csv_walk(document& doc, std::string_view text, const csv_options& options, parse_fault& fault)
        : doc_(doc), options_(options), fault_(fault),
          scanner_(text, options.delimiter, [&doc](std::string_view value) { return doc.keep(value); }) {}

    bool run(node_index at) {
        std::vector<std::string_view> columns(options_.columns.begin(), options_.columns.end());
        if (options_.header) {
            if (!record()) {
                return false;
            }
            columns.clear();
            for (const auto name : fields_) {
                columns.push_back(trim(name));
            }
        }
        if (!distinct(columns)) {
            return false;
        }
        std::uint32_t rows = 0;
        while (!scanner_.at_end()) {
            if (!record()) {
                return false;
            }
            if (fields_.size() == 1 && trim(fields_[0]).empty()) {
                continue; // blank line
            }
            if (++rows > doc_.limits().rows) {
                fault_ = {errc::too_large, "row " + std::to_string(rows), "记录数超过上限 " + limit(),
                          "more rows than the limit of " + limit()};
                return false;
            }
            if (!add_row(at, columns)) {
                return false;
            }
        }
        return true;
    }

private:
    std::string limit() const { return std::to_string(doc_.limits().rows); }

    bool distinct(std::vector<std::string_view> columns) {
        std::sort(columns.begin(), columns.end());
        if (const auto twice = std::adjacent_find(columns.begin(), columns.end()); twice != columns.end()) {
            fault_ = malformed("header", "列名重复：" + std::string(*twice),
                               "duplicate column " + std::string(*twice));
            return false;
        }
        return true;
    }

    bool add_row(node_index at, const std::vector<std::string_view>& columns) {
        const node_index row = doc_.add(at, "row", node_kind::object);
        if (row == no_node) {
            fault_ = too_many_nodes(doc_);
            return false;
        }
        if (fields_.size() != columns.size()) {
            doc_.failures.push_back({row,
                                     "该行有 " + std::to_string(fields_.size()) + " 列，应为 " +
                                         std::to_string(columns.size()) + " 列",
                                     "the row has " + std::to_string(fields_.size()) + " columns, not " +
                                         std::to_string(columns.size())});
        }
        for (std::size_t i = 0; i < std::min(fields_.size(), columns.size()); ++i) {
            if (doc_.add(row, columns[i], node_kind::text, fields_[i]) == no_node) {
                fault_ = too_many_nodes(doc_);
                return false;
            }
        }
        return true;
    }

    // Next record into fields_.
    bool record() { return scanner_.next(fields_, fault_); }

    document& doc_;
    const csv_options& options_;
    parse_fault& fault_;
    csv_scanner scanner_;
    std::vector<std::string_view> fields_;
};

} // namespace

bool read_csv(document& doc, node_index at, std::string_view text, const csv_options& options,
              parse_fault& fault) {
    if (text.find('\0') != std::string_view::npos) {
        fault = malformed("", "报文中有空字符", "NUL byte in the message");
        return false;
    }
    doc.at(at).graft = format_kind::csv;
    doc.at(at).kind = node_kind::object;
    return csv_walk(doc, doc.keep(text), options, fault).run(at);
}

} // namespace tongban::dialects
