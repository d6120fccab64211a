// Names of files as people give them, made harmless: for a clerk's eyes and a saved file, never for a path of ours.
#pragma once

#include <string>
#include <string_view>

namespace tongban::materials {

// The last part of whatever path it was, without control characters, characters that change the direction of writing, and
// what some system does not allow in a name; at most 200 bytes, the ending kept. Never empty, never of dots alone.
std::string safe_file_name(std::string_view given);

// The name a Content-Disposition field gives (RFC 6266, filename* before filename), made safe; empty when it gives none.
std::string name_of_disposition(std::string_view field);

// "attachment; filename="…"; filename*=UTF-8''…". Always an attachment: no browser is to run what a stranger uploaded.
std::string attachment(std::string_view name);

} // namespace tongban::materials
