#include "connectors/dialects/known_values.hpp"

#include <algorithm>

namespace tongban::dialects {

sentence known_values(const std::vector<std::string_view>& values) {
    sentence list;
    const auto named = std::min(values.size(), known_values_named);
    for (std::size_t i = 0; i < named; ++i) {
        list.zh += (i == 0 ? "；可用：" : "、") + std::string(values[i]);
        list.en += (i == 0 ? "; known: " : ", ") + std::string(values[i]);
    }
    if (values.size() > named) {
        list.zh += " 等" + std::to_string(values.size()) + "个";
        list.en += " and " + std::to_string(values.size() - named) + " more";
    }
    return list;
}

} // namespace tongban::dialects
