// The words of the enumerations that stand in catalogues: Chinese terms, the standards' codes, English names.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>

namespace tongban::catalogue {

// The number a word means; -1 when none. "承诺件", "2", "commitment" and "CASE_TYPE_COMMITMENT" are one.
int number_of_word(const google::protobuf::EnumDescriptor& words, std::string_view word);
// As a table shows it; empty for 0.
std::string_view word_of_number(const google::protobuf::EnumDescriptor& words, int number);
// "即办件, 承诺件, 其他": what may be written.
std::string known_words(const google::protobuf::EnumDescriptor& words);

} // namespace tongban::catalogue
