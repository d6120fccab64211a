// A YAML file read with its marks, so that every mistake names file, line, column and field, and all are told
// at once.
#pragma once

#include "connectors/dialects/dialect.hpp"

#include <yaml-cpp/yaml.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tongban::dialects {

// Collects mistakes of one file.
class mistake_list {
public:
    mistake_list(std::string file, std::vector<mistake>& out) : file_(std::move(file)), out_(out) {}

    void add(const YAML::Mark& mark, std::string field, sentence message, bool warning = false);
    void add(int line, int column, std::string field, sentence message, bool warning);
    bool any_wrong() const;
    // For a trial: how many there are, and all after the first `count` forgotten.
    std::size_t count() const { return out_.size(); }
    void forget_after(std::size_t count) { out_.erase(out_.begin() + static_cast<std::ptrdiff_t>(count), out_.end()); }

private:
    std::string file_;
    std::vector<mistake>& out_;
};

// One place in the file. Copies are cheap; an absent place reads as empty.
class yaml_place {
public:
    yaml_place(YAML::Node node, std::string field, mistake_list& mistakes)
        : node_(std::move(node)), field_(std::move(field)), mistakes_(&mistakes) {}
    yaml_place(const yaml_place&) = default;
    // Stands for another place from now on. A YAML::Node that is assigned to changes the file itself, for all its copies.
    yaml_place& operator=(const yaml_place& other) {
        node_.reset(other.node_);
        field_ = other.field_;
        mistakes_ = other.mistakes_;
        return *this;
    }

    bool present() const { return node_.IsDefined() && !node_.IsNull(); }
    bool is_null() const { return node_.IsDefined() && node_.IsNull(); } // `null`, `~` or nothing behind the colon
    bool is_map() const { return present() && node_.IsMap(); }
    bool is_list() const { return present() && node_.IsSequence(); }
    bool is_text() const { return present() && node_.IsScalar(); }
    const std::string& field() const { return field_; }
    int line() const { return node_.Mark().line + 1; }
    int column() const { return node_.Mark().column + 1; }

    // A scalar, or a mistake and "".
    std::string text() const;
    std::string text(std::string fallback) const { return present() ? text() : std::move(fallback); }
    bool flag(bool fallback) const;
    // Whole number within bounds.
    long number(long fallback, long least, long most) const;
    // A scalar or a list of scalars.
    std::vector<std::string> texts() const;
    // Entries of a list; anything else stands for itself.
    std::vector<yaml_place> items() const;
    // Pairs of a mapping in file order; a key that stands twice is a mistake, and both its pairs are there to be checked.
    std::vector<std::pair<std::string, yaml_place>> members() const;
    yaml_place operator[](std::string_view key) const;

    // Every other key is a mistake, with the nearest known one named.
    void only(std::initializer_list<std::string_view> keys) const;

    void wrong(sentence message) const { mistakes_->add(node_.Mark(), field_, std::move(message)); }
    void wrong(std::string zh, std::string en) const { wrong({std::move(zh), std::move(en)}); }
    void warn(std::string zh, std::string en) const {
        mistakes_->add(node_.Mark(), field_, {std::move(zh), std::move(en)}, true);
    }
    mistake_list& mistakes() const { return *mistakes_; }

private:
    YAML::Node node_;
    std::string field_;
    mistake_list* mistakes_;
};

// The known word nearest to `word`, as "（是否为“x”？）", " (did you mean 'x'?)"; or nothing.
sentence did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

} // namespace tongban::dialects
