// Collects what is wrong with an event. Places are chained on the stack and become text only when something
// is found: a valid event allocates nothing here.
#pragma once

#include "gateway/cases/validate.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::cases {

// Where in the event a value stands: "dossier.materials[1]" is a chain of three.
struct place {
    const place* parent = nullptr;
    std::string_view name; // empty for the event itself
    int index = -1;        // of a repeated field
};

// A field of a message and what people call it.
struct field {
    std::string_view name;
    std::string_view zh;
    std::string_view en;
};

enum class severity : std::uint8_t { refuse, warn };

class findings {
public:
    explicit findings(const source_path_of& source_path) : source_path_(source_path) {}

    // Sentences begin with the field's name; they never hold the value.
    void add(const place& in, const field& what, std::string_view rule, std::string_view zh,
             std::string_view en, severity how = severity::refuse);

    // `add` with the rule and words of a missing value.
    void missing(const place& in, const field& what, severity how = severity::refuse);

    // Bounds the list: an absurd event must not become an absurd answer.
    static constexpr std::size_t max_violations = 200;

    std::vector<v1::Violation> take() && { return std::move(found_); }

private:
    const source_path_of& source_path_;
    std::vector<v1::Violation> found_;
};

} // namespace tongban::cases
