// A catalogue while it is read: the contents so far, and where in which file each part of them stands.
#pragma once

#include "connectors/catalogue/field_rules.hpp"
#include "connectors/catalogue/tables.hpp"
#include "connectors/dialects/dialect.hpp"
#include "gateway/cases/catalogue_check.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::catalogue {

struct field_mark {
    std::string path; // "promise", "materials[2].tolerance_limit"
    int line{};
    int column{};
    std::optional<std::uint32_t> file{}; // in draft.files, where it is not the entry's: materials of a table of their own
};

struct entry_source {
    std::uint32_t file{}; // in draft.files
    int line{};
    int column{};
    std::vector<field_mark> marks;
};

struct draft {
    cases::catalogue_contents contents;
    std::vector<std::string> files; // as mistakes name them, with the sheet in brackets
    std::vector<entry_source> items;
    std::vector<entry_source> agreements;
    std::vector<entry_source> bundles;
    std::vector<dialects::mistake> mistakes;
    bool classes_listed = false; // else the classes are those the items name

    v1::CatalogueItem& add_item(entry_source at);
    v1::Agreement& add_agreement(entry_source at);
    v1::CatalogueBundle& add_bundle(entry_source at);
    bool any_wrong() const;
    bool full() const noexcept { return mistakes.size() >= cases::catalogue_faults_max; }
    // A fault of the check, at the place where its subject was read.
    dialects::mistake placed(const cases::catalogue_fault& fault) const;

private:
    // As mistakes name an entry.
    std::string name_of(cases::catalogue_fault::subject of, std::size_t position) const;
};

// Each adds what `bytes` hold, or says what is wrong with them.
void read_yaml(const std::string& text, const std::string& file, draft& into);
void read_tables(const std::vector<table>& tables, draft& into);
void read_compiled(std::string_view bytes, const std::string& file, draft& into);

// What tables seldom repeat because a code or a kind says it already, and what holds when nothing is said.
void complete_items(draft& read);

// A compiled catalogue begins so.
bool is_compiled(std::string_view bytes) noexcept;
// Rows in order, so that reading sorts nothing.
std::string compiled_bytes(const cases::catalogue& known);

std::string sha256(std::string_view bytes);

} // namespace tongban::catalogue
