// A merge of two ordered row sets, read in chunks.
#include "gateway/ledger/row_comparison.hpp"

#include "gateway/ledger/record.hpp"
#include "gateway/ledger/rows.hpp"

#include <optional>

namespace tongban::ledger {

namespace {

constexpr std::size_t chunk_rows = 1000;

struct row {
    std::string key;
    std::string value;
};

class row_reader {
public:
    explicit row_reader(const store::view_store& store) : store_(store) {}

    // Null at the end or after an error.
    const row* current() {
        if (at_ == chunk_.size() && !ended_) {
            fill();
        }
        return at_ < chunk_.size() ? &chunk_[at_] : nullptr;
    }
    void advance() { ++at_; }
    boost::system::error_code error() const { return error_; }

private:
    void fill() {
        const std::string from = chunk_.empty() ? std::string() : chunk_.back().key + '\0';
        chunk_.clear();
        at_ = 0;
        error_ = store_.scan(from, rows::past_last, [&](std::string_view key, std::string_view value) {
            chunk_.push_back({std::string(key), std::string(value)});
            return chunk_.size() < chunk_rows;
        });
        ended_ = error_ || chunk_.size() < chunk_rows;
        if (error_) {
            chunk_.clear();
        }
    }

    const store::view_store& store_;
    std::vector<row> chunk_;
    std::size_t at_ = 0;
    bool ended_ = false;
    boost::system::error_code error_;
};

std::string described(std::string_view key) {
    return std::string(key.substr(0, 1)) + " " + to_hex(key.substr(1));
}

} // namespace

boost::system::result<row_comparison> compare_rows(const store::view_store& expected,
                                                   const store::view_store& found, std::size_t examples_max) {
    row_comparison comparison;
    row_reader left(expected);
    row_reader right(found);
    const auto wrong = [&](const std::string& key) {
        ++comparison.wrong;
        if (comparison.first_wrong.size() < examples_max) {
            comparison.first_wrong.push_back(described(key));
        }
    };
    for (;;) {
        const row* want = left.current();
        const row* have = right.current();
        if (want == nullptr && have == nullptr) {
            break;
        }
        if (have == nullptr || (want != nullptr && want->key < have->key)) {
            wrong(want->key);
            left.advance();
            continue;
        }
        ++comparison.rows;
        if (want == nullptr || have->key < want->key) {
            wrong(have->key);
        } else {
            if (want->value != have->value) {
                wrong(have->key);
            }
            left.advance();
        }
        right.advance();
    }
    if (left.error() || right.error()) {
        return left.error() ? left.error() : right.error();
    }
    return comparison;
}

} // namespace tongban::ledger
