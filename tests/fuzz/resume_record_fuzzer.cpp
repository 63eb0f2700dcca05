// The file of --resume-file: what is read contradicts nothing, and is written and read again as the
// same.

#include "core/publish/resume_record.h"
#include "core/runtime/error.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {

void fuzz(std::string_view input) {
  ResumeRecord record;
  try {
    record = parse_resume_record(input, "'r'");
  } catch (const Error& error) {
    require(error.reason() == Exit::usage);
    return;
  }
  require(record.confirmed.count() + record.failed.count() <= record.sent_up_to);
  for (const auto& [first, last] : record.confirmed.ranges()) {
    require(first <= last && last <= record.read && !record.failed.contains(first));
    require(!record.is_in_doubt(first) && !record.is_in_doubt(last));
  }
  require(parse_resume_record(resume_record_text(record), "'r'") == record);
}

}  // namespace mscomm::test
