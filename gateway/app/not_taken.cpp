// The lines of mistakes put together.
#include "gateway/app/not_taken.hpp"

namespace tongban::app {

namespace {

template <typename Mistake, typename Said>
std::string lines_of(const std::vector<Mistake>& mistakes, const Said& said) {
    std::string text;
    for (const auto& each : mistakes) {
        text += (text.empty() ? "" : "\n") + said(each);
    }
    return text;
}

} // namespace

not_taken::not_taken(const std::vector<security::sentence>& mistakes)
    : not_taken(lines_of(mistakes, [](const auto& each) { return each.text(); }),
                {lines_of(mistakes, [](const auto& each) { return each.zh; }),
                 lines_of(mistakes, [](const auto& each) { return each.en; })}) {}

not_taken::not_taken(const std::vector<security::file_mistake>& mistakes)
    : not_taken(lines_of(mistakes, [](const auto& each) { return each.text(); }),
                {lines_of(mistakes, [](const auto& each) { return each.place() + each.message.zh; }),
                 lines_of(mistakes, [](const auto& each) { return each.place() + each.message.en; })}) {}

} // namespace tongban::app
