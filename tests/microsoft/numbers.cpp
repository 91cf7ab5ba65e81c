// Every number of Windows' that native/**/nt*.hpp repeats, with its name there. The compiler holds
// ours against it; `dev.py lint` holds it against Microsoft's metadata, by that name. What the
// metadata lacks is marked `phnt:`, and lint says when that is no longer true.
//
// sizeof: of the structure that is named. offsetof: of the field. bits: of the bit field.
#include <cstddef>
#include <cstdint>

#include "native/guard/nt.hpp"
#include "native/heaps/nt.hpp"
#include "native/memory_lists/nt.hpp"
#include "native/nt.hpp"
#include "native/numa/nt.hpp"
#include "native/partitions/nt.hpp"
#include "native/physical/nt.hpp"
#include "native/physical/nt_store.hpp"
#include "native/processes/nt.hpp"
#include "native/regions/nt.hpp"
#include "native/regions/nt_heaps.hpp"
#include "native/regions/nt_walk.hpp"
#include "native/sections/nt.hpp"
#include "native/system/nt.hpp"
#include "native/working_sets/nt.hpp"

namespace ntpages::nt {
namespace {

// The bits that a field of PageBits is made of.
template <typename Field>
constexpr std::uint64_t bits(Field (PageBits::*field)() const) {
    std::uint64_t found = 0;
    for (unsigned bit = 0; bit < 64; ++bit) {
        const auto one = std::uint64_t{1} << bit;
        if ((PageBits{one}.*field)() != Field{}) found |= one;
    }
    return found;
}

// clang-format off: one number a line, whatever its width

// ---- native/nt.hpp
static_assert(static_cast<ULONG>(status_info_length_mismatch) == 0xC0000004);  // STATUS_INFO_LENGTH_MISMATCH
static_assert(static_cast<ULONG>(status_no_more_entries) == 0x8000001A);  // STATUS_NO_MORE_ENTRIES
static_assert(static_cast<ULONG>(status_privilege_not_held) == 0xC0000061);  // STATUS_PRIVILEGE_NOT_HELD

// ---- native/heaps
static_assert(sizeof(HeapWalkEntry) == 48);  // phnt: RTL_HEAP_WALK_ENTRY
static_assert(offsetof(HeapWalkEntry, data) == 0);  // phnt: RTL_HEAP_WALK_ENTRY.DataAddress
static_assert(offsetof(HeapWalkEntry, size) == 8);  // phnt: RTL_HEAP_WALK_ENTRY.DataSize
static_assert(offsetof(HeapWalkEntry, overhead) == 16);  // phnt: RTL_HEAP_WALK_ENTRY.OverheadBytes
static_assert(offsetof(HeapWalkEntry, segment) == 17);  // phnt: RTL_HEAP_WALK_ENTRY.SegmentIndex
static_assert(offsetof(HeapWalkEntry, flags) == 18);  // phnt: RTL_HEAP_WALK_ENTRY.Flags
static_assert(offsetof(HeapWalkEntry, region) == 24);  // phnt: RTL_HEAP_WALK_ENTRY.Segment
static_assert(heap_optimize_resources == 3);  // HeapOptimizeResources
static_assert(sizeof(HeapOptimizeResources) == 8);  // HEAP_OPTIMIZE_RESOURCES_INFORMATION
static_assert(offsetof(HeapOptimizeResources, version) == 0);  // HEAP_OPTIMIZE_RESOURCES_INFORMATION.Version
static_assert(offsetof(HeapOptimizeResources, flags) == 4);  // HEAP_OPTIMIZE_RESOURCES_INFORMATION.Flags
static_assert(sizeof(HEAP_SUMMARY) == 40);  // HEAP_SUMMARY
static_assert(offsetof(HEAP_SUMMARY, cbAllocated) == 8);  // HEAP_SUMMARY.cbAllocated
static_assert(query_heap_summary == 0x4);  // phnt: RTL_QUERY_PROCESS_HEAP_SUMMARY
static_assert(query_heap_entries == 0x10);  // phnt: RTL_QUERY_PROCESS_HEAP_ENTRIES
static_assert(query_heap_segments == 0x200);  // phnt: RTL_QUERY_PROCESS_HEAP_SEGMENTS
static_assert(query_noninvasive == 0x80000000);  // phnt: RTL_QUERY_PROCESS_NONINVASIVE
static_assert(static_cast<ULONG>(status_no_memory) == 0xC0000017);  // STATUS_NO_MEMORY
static_assert(sizeof(ProcessReflection) == 32);  // phnt: PROCESS_REFLECTION_INFORMATION
static_assert(offsetof(ProcessReflection, process) == 0);  // phnt: PROCESS_REFLECTION_INFORMATION.ReflectionProcessHandle
static_assert(offsetof(ProcessReflection, thread) == 8);  // phnt: PROCESS_REFLECTION_INFORMATION.ReflectionThreadHandle
static_assert(offsetof(ProcessReflection, process_id) == 16);  // phnt: PROCESS_REFLECTION_INFORMATION.ReflectionClientId.UniqueProcess
static_assert(offsetof(ProcessReflection, thread_id) == 24);  // phnt: PROCESS_REFLECTION_INFORMATION.ReflectionClientId.UniqueThread
static_assert(reflection_inherit_handles == 0x2);  // phnt: RTL_PROCESS_REFLECTION_FLAGS_INHERIT_HANDLES

// ---- native/memory_lists
static_assert(system_memory_list_information == 80);  // phnt: SystemMemoryListInformation
static_assert(system_file_cache_information == 21);  // phnt: SystemFileCacheInformation
static_assert(system_file_cache_information_ex == 81);  // phnt: SystemFileCacheInformationEx
static_assert(system_combine_physical_memory_information == 130);  // phnt: SystemCombinePhysicalMemoryInformation
static_assert(system_registry_reconciliation_information == 155);  // phnt: SystemRegistryReconciliationInformation
static_assert(sizeof(SystemMemoryListInformation) == 176);  // phnt: SYSTEM_MEMORY_LIST_INFORMATION
static_assert(offsetof(SystemMemoryListInformation, zero) == 0);  // phnt: SYSTEM_MEMORY_LIST_INFORMATION.ZeroPageCount
static_assert(offsetof(SystemMemoryListInformation, free) == 8);  // phnt: SYSTEM_MEMORY_LIST_INFORMATION.FreePageCount
static_assert(offsetof(SystemMemoryListInformation, modified) == 16);  // phnt: SYSTEM_MEMORY_LIST_INFORMATION.ModifiedPageCount
static_assert(offsetof(SystemMemoryListInformation, modified_no_write) == 24);  // phnt: SYSTEM_MEMORY_LIST_INFORMATION.ModifiedNoWritePageCount
static_assert(offsetof(SystemMemoryListInformation, bad) == 32);  // phnt: SYSTEM_MEMORY_LIST_INFORMATION.BadPageCount
static_assert(offsetof(SystemMemoryListInformation, standby) == 40);  // phnt: SYSTEM_MEMORY_LIST_INFORMATION.PageCountByPriority
static_assert(offsetof(SystemMemoryListInformation, repurposed) == 104);  // phnt: SYSTEM_MEMORY_LIST_INFORMATION.RepurposedPagesByPriority
static_assert(offsetof(SystemMemoryListInformation, modified_page_file) == 168);  // phnt: SYSTEM_MEMORY_LIST_INFORMATION.ModifiedPageCountPageFile
static_assert(ULONG(MemoryListCommand::capture_accessed_bits) == 0);  // phnt: MemoryCaptureAccessedBits
static_assert(ULONG(MemoryListCommand::capture_and_reset_accessed_bits) == 1);  // phnt: MemoryCaptureAndResetAccessedBits
static_assert(ULONG(MemoryListCommand::empty_working_sets) == 2);  // phnt: MemoryEmptyWorkingSets
static_assert(ULONG(MemoryListCommand::flush_modified_list) == 3);  // phnt: MemoryFlushModifiedList
static_assert(ULONG(MemoryListCommand::purge_standby_list) == 4);  // phnt: MemoryPurgeStandbyList
static_assert(ULONG(MemoryListCommand::purge_low_priority_standby_list) == 5);  // phnt: MemoryPurgeLowPriorityStandbyList
static_assert(sizeof(SystemFileCacheInformation) == 64);  // phnt: SYSTEM_FILECACHE_INFORMATION
static_assert(offsetof(SystemFileCacheInformation, current_size) == 0);  // phnt: SYSTEM_FILECACHE_INFORMATION.CurrentSize
static_assert(offsetof(SystemFileCacheInformation, peak_size) == 8);  // phnt: SYSTEM_FILECACHE_INFORMATION.PeakSize
static_assert(offsetof(SystemFileCacheInformation, page_faults) == 16);  // phnt: SYSTEM_FILECACHE_INFORMATION.PageFaultCount
static_assert(offsetof(SystemFileCacheInformation, minimum_working_set) == 24);  // phnt: SYSTEM_FILECACHE_INFORMATION.MinimumWorkingSet
static_assert(offsetof(SystemFileCacheInformation, maximum_working_set) == 32);  // phnt: SYSTEM_FILECACHE_INFORMATION.MaximumWorkingSet
static_assert(offsetof(SystemFileCacheInformation, current_size_including_transition) == 40);  // phnt: SYSTEM_FILECACHE_INFORMATION.CurrentSizeIncludingTransitionInPages
static_assert(offsetof(SystemFileCacheInformation, peak_size_including_transition) == 48);  // phnt: SYSTEM_FILECACHE_INFORMATION.PeakSizeIncludingTransitionInPages
static_assert(offsetof(SystemFileCacheInformation, transition_repurposed) == 56);  // phnt: SYSTEM_FILECACHE_INFORMATION.TransitionRePurposeCount
static_assert(offsetof(SystemFileCacheInformation, flags) == 60);  // phnt: SYSTEM_FILECACHE_INFORMATION.Flags
static_assert(sizeof(MemoryCombineInformationEx) == 24);  // phnt: MEMORY_COMBINE_INFORMATION_EX
static_assert(offsetof(MemoryCombineInformationEx, event) == 0);  // phnt: MEMORY_COMBINE_INFORMATION_EX.EventHandle
static_assert(offsetof(MemoryCombineInformationEx, pages_combined) == 8);  // phnt: MEMORY_COMBINE_INFORMATION_EX.PagesCombined
static_assert(offsetof(MemoryCombineInformationEx, flags) == 16);  // phnt: MEMORY_COMBINE_INFORMATION_EX.Flags

// ---- native/physical
static_assert(system_superfetch_information == 79);  // phnt: SystemSuperfetchInformation
static_assert(superfetch_version == 45);  // phnt: SUPERFETCH_INFORMATION_VERSION
static_assert(superfetch_magic == 0x6B756843);  // phnt: SUPERFETCH_INFORMATION_MAGIC
static_assert(superfetch_pfn_query == 6);  // phnt: SuperfetchPfnQuery
static_assert(superfetch_private_source_query == 8);  // phnt: SuperfetchPrivSourceQuery
static_assert(superfetch_memory_list_query == 16);  // phnt: SuperfetchMemoryListQuery
static_assert(superfetch_memory_ranges_query == 17);  // phnt: SuperfetchMemoryRangesQuery
static_assert(sizeof(SuperfetchInformation) == 32);  // phnt: SUPERFETCH_INFORMATION
static_assert(offsetof(SuperfetchInformation, version) == 0);  // phnt: SUPERFETCH_INFORMATION.Version
static_assert(offsetof(SuperfetchInformation, magic) == 4);  // phnt: SUPERFETCH_INFORMATION.Magic
static_assert(offsetof(SuperfetchInformation, kind) == 8);  // phnt: SUPERFETCH_INFORMATION.InfoClass
static_assert(offsetof(SuperfetchInformation, buffer) == 16);  // phnt: SUPERFETCH_INFORMATION.Data
static_assert(offsetof(SuperfetchInformation, length) == 24);  // phnt: SUPERFETCH_INFORMATION.Length
static_assert(pfn_request_version == 1);  // phnt: PF_PFN_PRIO_REQUEST_VERSION
static_assert(pfn_request_lists == 0x1);  // phnt: PF_PFN_PRIO_REQUEST_QUERY_MEMORY_LIST
static_assert(sizeof(PfnRequest) == 192);  // phnt: PF_PFN_PRIO_REQUEST
static_assert(offsetof(PfnRequest, version) == 0);  // phnt: PF_PFN_PRIO_REQUEST.Version
static_assert(offsetof(PfnRequest, flags) == 4);  // phnt: PF_PFN_PRIO_REQUEST.RequestFlags
static_assert(offsetof(PfnRequest, count) == 8);  // phnt: PF_PFN_PRIO_REQUEST.PfnCount
static_assert(offsetof(PfnRequest, lists) == 16);  // phnt: PF_PFN_PRIO_REQUEST.MemInfo
static_assert(private_source_version == 8);  // phnt: PF_PRIVSOURCE_QUERY_REQUEST_VERSION
static_assert(sizeof(PrivateSourceRequest) == 16);  // phnt: PF_PRIVSOURCE_QUERY_REQUEST
static_assert(offsetof(PrivateSourceRequest, version) == 0);  // phnt: PF_PRIVSOURCE_QUERY_REQUEST.Version
static_assert(offsetof(PrivateSourceRequest, flags) == 4);  // phnt: PF_PRIVSOURCE_QUERY_REQUEST.Flags
static_assert(offsetof(PrivateSourceRequest, count) == 8);  // phnt: PF_PRIVSOURCE_QUERY_REQUEST.InfoCount
static_assert(offsetof(PrivateSourceRequest, padding) == 12);  // phnt: PF_PRIVSOURCE_QUERY_REQUEST.InfoCount, behind it
static_assert(memory_list_version == 1);  // phnt: PF_MEMORY_LIST_INFO_VERSION
static_assert(sizeof(MemoryListNode) == 48);  // phnt: PF_MEMORY_LIST_NODE
static_assert(offsetof(MemoryListNode, node) == 0);  // phnt: PF_MEMORY_LIST_NODE.Node
static_assert(offsetof(MemoryListNode, standby_low) == 8);  // phnt: PF_MEMORY_LIST_NODE.StandbyLowPageCount
static_assert(offsetof(MemoryListNode, standby_medium) == 16);  // phnt: PF_MEMORY_LIST_NODE.StandbyMediumPageCount
static_assert(offsetof(MemoryListNode, standby_high) == 24);  // phnt: PF_MEMORY_LIST_NODE.StandbyHighPageCount
static_assert(offsetof(MemoryListNode, free) == 32);  // phnt: PF_MEMORY_LIST_NODE.FreePageCount
static_assert(offsetof(MemoryListNode, modified) == 40);  // phnt: PF_MEMORY_LIST_NODE.ModifiedPageCount
static_assert(sizeof(MemoryListRequest) == 16);  // phnt: PF_MEMORY_LIST_INFO
static_assert(offsetof(MemoryListRequest, version) == 0);  // phnt: PF_MEMORY_LIST_INFO.Version
static_assert(offsetof(MemoryListRequest, size) == 4);  // phnt: PF_MEMORY_LIST_INFO.Size
static_assert(offsetof(MemoryListRequest, count) == 8);  // phnt: PF_MEMORY_LIST_INFO.NodeCount
static_assert(offsetof(MemoryListRequest, padding) == 12);  // phnt: PF_MEMORY_LIST_INFO.NodeCount, behind it
static_assert(sizeof(IoStatus) == 16);  // IO_STATUS_BLOCK
static_assert(offsetof(IoStatus, status) == 0);  // phnt: IO_STATUS_BLOCK.Anonymous.Status
static_assert(offsetof(IoStatus, information) == 8);  // IO_STATUS_BLOCK.Information
static_assert(file_synchronous == 0x20);  // FILE_SYNCHRONOUS_IO_NONALERT
static_assert(file_no_directory == 0x40);  // FILE_NON_DIRECTORY_FILE
static_assert(enumerate_files == 0x22000F);  // phnt: IOCTL_PFFI_ENUMERATE
static_assert(sizeof(FileEnumeration) == 12);  // phnt: PFFI_ENUMERATE_INFO
static_assert(offsetof(FileEnumeration, version) == 0);  // phnt: PFFI_ENUMERATE_INFO.Version
static_assert(offsetof(FileEnumeration, flags) == 4);  // phnt: PFFI_ENUMERATE_INFO.LogForETW
static_assert(offsetof(FileEnumeration, logger) == 8);  // phnt: PFFI_ENUMERATE_INFO.ETWLoggerId
static_assert(static_cast<ULONG>(status_buffer_overflow) == 0x80000005);  // STATUS_BUFFER_OVERFLOW
static_assert(static_cast<ULONG>(status_invalid_parameter) == 0xC000000D);  // STATUS_INVALID_PARAMETER
static_assert(static_cast<ULONG>(status_buffer_too_small) == 0xC0000023);  // STATUS_BUFFER_TOO_SMALL
static_assert(static_cast<ULONG>(status_insufficient_resources) == 0xC000009A);  // STATUS_INSUFFICIENT_RESOURCES
static_assert(static_cast<ULONG>(status_internal_error) == 0xC00000E5);  // STATUS_INTERNAL_ERROR
static_assert(static_cast<ULONG>(status_invalid_parameter_2) == 0xC00000F0);  // STATUS_INVALID_PARAMETER_2
static_assert(static_cast<ULONG>(status_version_not_known) == 0xC0000355);  // STATUS_DS_VERSION_CHECK_FAILURE
static_assert(system_pool_tag_information == 22);  // phnt: SystemPoolTagInformation
static_assert(system_big_pool_information == 66);  // phnt: SystemBigPoolInformation
static_assert(system_store_information == 109);  // phnt: SystemStoreInformation
static_assert(store_version == 1);  // phnt: SYSTEM_STORE_INFORMATION_VERSION
static_assert(store_trim == 21);  // phnt: SystemStoreTrimRequest
static_assert(store_compression == 22);  // phnt: MemCompressionInfoRequest
static_assert(sizeof(StoreInformation) == 24);  // phnt: SYSTEM_STORE_INFORMATION
static_assert(offsetof(StoreInformation, version) == 0);  // phnt: SYSTEM_STORE_INFORMATION.Version
static_assert(offsetof(StoreInformation, kind) == 4);  // phnt: SYSTEM_STORE_INFORMATION.StoreInformationClass
static_assert(offsetof(StoreInformation, data) == 8);  // phnt: SYSTEM_STORE_INFORMATION.Data
static_assert(offsetof(StoreInformation, length) == 16);  // phnt: SYSTEM_STORE_INFORMATION.Length
static_assert(sizeof(StoreCompression) == 48);  // phnt: SM_STORE_COMPRESSION_INFORMATION_REQUEST
static_assert(offsetof(StoreCompression, version) == 0);  // phnt: SM_STORE_COMPRESSION_INFORMATION_REQUEST.Version
static_assert(offsetof(StoreCompression, pid) == 4);  // phnt: SM_STORE_COMPRESSION_INFORMATION_REQUEST.CompressionPid
static_assert(offsetof(StoreCompression, working_set) == 8);  // phnt: SM_STORE_COMPRESSION_INFORMATION_REQUEST.CompressionWorkingSetSize
static_assert(offsetof(StoreCompression, data) == 16);  // phnt: SM_STORE_COMPRESSION_INFORMATION_REQUEST.TotalDataCompressed
static_assert(offsetof(StoreCompression, compressed) == 24);  // phnt: SM_STORE_COMPRESSION_INFORMATION_REQUEST.TotalCompressedSize
static_assert(offsetof(StoreCompression, unique) == 32);  // phnt: SM_STORE_COMPRESSION_INFORMATION_REQUEST.TotalUniqueDataCompressed
static_assert(offsetof(StoreCompression, partition) == 40);  // phnt: SM_STORE_COMPRESSION_INFORMATION_REQUEST.PartitionHandle
static_assert(compression_version == 4);  // phnt: SYSTEM_STORE_COMPRESSION_INFORMATION_VERSION
static_assert(compression_size == 48);  // phnt: SM_STORE_COMPRESSION_INFORMATION_REQUEST
static_assert(compression_version_first == 3);  // phnt: SYSTEM_STORE_COMPRESSION_INFORMATION_VERSION_V1
static_assert(compression_size_first == 40);  // phnt: SM_STORE_COMPRESSION_INFORMATION_REQUEST_V1
static_assert(store_trim_version == 1);  // phnt: SYSTEM_STORE_TRIM_INFORMATION_VERSION_V1
static_assert(sizeof(StoreTrim) == 16);  // phnt: SM_SYSTEM_STORE_TRIM_REQUEST
static_assert(offsetof(StoreTrim, version) == 0);  // phnt: SM_SYSTEM_STORE_TRIM_REQUEST.Version
static_assert(offsetof(StoreTrim, pages) == 8);  // phnt: SM_SYSTEM_STORE_TRIM_REQUEST.PagesToTrim
static_assert(static_cast<ULONG>(status_revision_mismatch) == 0xC0000059);  // STATUS_REVISION_MISMATCH
static_assert(static_cast<ULONG>(status_invalid_buffer_size) == 0xC0000206);  // STATUS_INVALID_BUFFER_SIZE

// ---- native/processes
static_assert(system_process_information == 5);  // SystemProcessInformation
static_assert(system_full_process_information == 148);  // phnt: SystemFullProcessInformation
static_assert(map_process == 1);  // phnt: MAP_PROCESS
static_assert(process_vm_counters == 3);  // ProcessVmCounters
static_assert(sizeof(VmCounters) == 112);  // VM_COUNTERS_EX2
static_assert(offsetof(VmCounters, peak_virtual_size) == 0);  // VM_COUNTERS_EX.PeakVirtualSize
static_assert(offsetof(VmCounters, virtual_size) == 8);  // VM_COUNTERS_EX.VirtualSize
static_assert(offsetof(VmCounters, faults) == 16);  // VM_COUNTERS_EX.PageFaultCount
static_assert(offsetof(VmCounters, peak_working_set) == 24);  // VM_COUNTERS_EX.PeakWorkingSetSize
static_assert(offsetof(VmCounters, working_set) == 32);  // VM_COUNTERS_EX.WorkingSetSize
static_assert(offsetof(VmCounters, peak_paged_pool) == 40);  // VM_COUNTERS_EX.QuotaPeakPagedPoolUsage
static_assert(offsetof(VmCounters, paged_pool) == 48);  // VM_COUNTERS_EX.QuotaPagedPoolUsage
static_assert(offsetof(VmCounters, peak_nonpaged_pool) == 56);  // VM_COUNTERS_EX.QuotaPeakNonPagedPoolUsage
static_assert(offsetof(VmCounters, nonpaged_pool) == 64);  // VM_COUNTERS_EX.QuotaNonPagedPoolUsage
static_assert(offsetof(VmCounters, commit) == 72);  // VM_COUNTERS_EX.PagefileUsage
static_assert(offsetof(VmCounters, peak_commit) == 80);  // VM_COUNTERS_EX.PeakPagefileUsage
static_assert(offsetof(VmCounters, private_bytes) == 88);  // VM_COUNTERS_EX.PrivateUsage
static_assert(offsetof(VmCounters, private_working_set) == 96);  // VM_COUNTERS_EX2.PrivateWorkingSetSize
static_assert(offsetof(VmCounters, shared_commit) == 104);  // VM_COUNTERS_EX2.SharedCommitUsage

// ---- native/partitions/nt.hpp
static_assert(memory_current_partition_handle == 0xFFFFFFFFFFFFFFFF);  // phnt: MEMORY_CURRENT_PARTITION_HANDLE
static_assert(memory_system_partition_handle == 0xFFFFFFFFFFFFFFFE);  // phnt: MEMORY_SYSTEM_PARTITION_HANDLE
static_assert(memory_partition_query_access == 0x1);  // MEMORY_PARTITION_QUERY_ACCESS
static_assert(memory_partition_modify_access == 0x2);  // MEMORY_PARTITION_MODIFY_ACCESS
static_assert(system_memory_partition_information == 0);  // SystemMemoryPartitionInformation
static_assert(system_memory_partition_move_memory == 1);  // phnt: SystemMemoryPartitionMoveMemory
static_assert(sizeof(PartitionConfiguration) == 240);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION
static_assert(offsetof(PartitionConfiguration, flags) == 0);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.Flags
static_assert(offsetof(PartitionConfiguration, node) == 4);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.NumaNode
static_assert(offsetof(PartitionConfiguration, channel) == 8);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.Channel
static_assert(offsetof(PartitionConfiguration, nodes) == 12);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.NumberOfNumaNodes
static_assert(offsetof(PartitionConfiguration, resident_available) == 16);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.ResidentAvailablePages
static_assert(offsetof(PartitionConfiguration, committed) == 24);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.CommittedPages
static_assert(offsetof(PartitionConfiguration, commit_limit) == 32);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.CommitLimit
static_assert(offsetof(PartitionConfiguration, peak_commitment) == 40);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.PeakCommitment
static_assert(offsetof(PartitionConfiguration, total) == 48);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.TotalNumberOfPages
static_assert(offsetof(PartitionConfiguration, available) == 56);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.AvailablePages
static_assert(offsetof(PartitionConfiguration, zero) == 64);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.ZeroPages
static_assert(offsetof(PartitionConfiguration, free) == 72);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.FreePages
static_assert(offsetof(PartitionConfiguration, standby) == 80);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.StandbyPages
static_assert(offsetof(PartitionConfiguration, standby_by_priority) == 88);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.StandbyPageCountByPriority
static_assert(offsetof(PartitionConfiguration, repurposed_by_priority) == 152);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.RepurposedPagesByPriority
static_assert(offsetof(PartitionConfiguration, maximum_commit_limit) == 216);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.MaximumCommitLimit
static_assert(offsetof(PartitionConfiguration, reserved) == 224);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.Reserved
static_assert(offsetof(PartitionConfiguration, id) == 232);  // phnt: MEMORY_PARTITION_CONFIGURATION_INFORMATION.PartitionId
static_assert(sizeof(PartitionTransfer) == 16);  // phnt: MEMORY_PARTITION_TRANSFER_INFORMATION
static_assert(offsetof(PartitionTransfer, pages) == 0);  // phnt: MEMORY_PARTITION_TRANSFER_INFORMATION.NumberOfPages
static_assert(offsetof(PartitionTransfer, node) == 8);  // phnt: MEMORY_PARTITION_TRANSFER_INFORMATION.NumaNode
static_assert(offsetof(PartitionTransfer, flags) == 12);  // phnt: MEMORY_PARTITION_TRANSFER_INFORMATION.Flags

// ---- native/numa/nt.hpp
static_assert(relation_numa_node == 1);  // RelationNumaNode
static_assert(relation_numa_node_ex == 6);  // RelationNumaNodeEx
static_assert(sizeof(NumaNode) == 40);  // NUMA_NODE_RELATIONSHIP
static_assert(offsetof(NumaNode, number) == 0);  // NUMA_NODE_RELATIONSHIP.NodeNumber
static_assert(offsetof(NumaNode, reserved) == 4);  // NUMA_NODE_RELATIONSHIP.Reserved
static_assert(offsetof(NumaNode, group_count) == 22);  // NUMA_NODE_RELATIONSHIP.GroupCount
static_assert(offsetof(NumaNode, groups) == 24);  // NUMA_NODE_RELATIONSHIP.GroupMask
static_assert(sizeof(NodeRelation) == 48);  // phnt: SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX of a node
static_assert(offsetof(NodeRelation, relationship) == 0);  // SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX.Relationship
static_assert(offsetof(NodeRelation, size) == 4);  // SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX.Size
static_assert(offsetof(NodeRelation, node) == 8);  // SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX.NumaNode

// ---- native/regions/nt.hpp
static_assert(mem_coalesce_placeholders == 0x1);  // MEM_COALESCE_PLACEHOLDERS
static_assert(mem_preserve_placeholder == 0x2);  // MEM_PRESERVE_PLACEHOLDER
static_assert(mem_replace_placeholder == 0x4000);  // MEM_REPLACE_PLACEHOLDER
static_assert(mem_reserve_placeholder == 0x40000);  // MEM_RESERVE_PLACEHOLDER
static_assert(mem_reset_undo == 0x1000000);  // MEM_RESET_UNDO
static_assert(page_targets_invalid == 0x40000000);  // PAGE_TARGETS_INVALID
static_assert(page_targets_no_update == 0x40000000);  // PAGE_TARGETS_NO_UPDATE
static_assert(attribute_nonpaged == 0x2);  // MEM_EXTENDED_PARAMETER_NONPAGED
static_assert(attribute_zero_pages_optional == 0x4);  // MEM_EXTENDED_PARAMETER_ZERO_PAGES_OPTIONAL
static_assert(attribute_nonpaged_large == 0x8);  // MEM_EXTENDED_PARAMETER_NONPAGED_LARGE
static_assert(attribute_nonpaged_huge == 0x10);  // MEM_EXTENDED_PARAMETER_NONPAGED_HUGE
static_assert(attribute_soft_fault_pages == 0x20);  // MEM_EXTENDED_PARAMETER_SOFT_FAULT_PAGES
static_assert(attribute_ec_code == 0x40);  // MEM_EXTENDED_PARAMETER_EC_CODE
static_assert(sizeof(AddressRequirements) == 24);  // MEM_ADDRESS_REQUIREMENTS
static_assert(offsetof(AddressRequirements, lowest) == 0);  // MEM_ADDRESS_REQUIREMENTS.LowestStartingAddress
static_assert(offsetof(AddressRequirements, highest) == 8);  // MEM_ADDRESS_REQUIREMENTS.HighestEndingAddress
static_assert(offsetof(AddressRequirements, alignment) == 16);  // MEM_ADDRESS_REQUIREMENTS.Alignment
static_assert(sizeof(ExtendedParameter) == 16);  // MEM_EXTENDED_PARAMETER
static_assert(offsetof(ExtendedParameter, type) == 0);  // MEM_EXTENDED_PARAMETER.Anonymous1
static_assert(offsetof(ExtendedParameter, value) == 8);  // MEM_EXTENDED_PARAMETER.ULong64
static_assert(parameter_addresses == 1);  // MemExtendedParameterAddressRequirements
static_assert(parameter_node == 2);  // MemExtendedParameterNumaNode
static_assert(parameter_partition == 3);  // MemExtendedParameterPartitionHandle
static_assert(parameter_physical == 4);  // MemExtendedParameterUserPhysicalHandle
static_assert(parameter_machine == 6);  // MemExtendedParameterImageMachine
static_assert(parameter_attributes == 5);  // MemExtendedParameterAttributeFlags
static_assert(node_mandatory == 0x8000000000000000);  // phnt: MEM_EXTENDED_PARAMETER_NUMA_NODE_MANDATORY
static_assert(sizeof(RegionInformation) == 32);  // WIN32_MEMORY_REGION_INFORMATION
static_assert(offsetof(RegionInformation, allocation_base) == 0);  // WIN32_MEMORY_REGION_INFORMATION.AllocationBase
static_assert(offsetof(RegionInformation, allocation_protect) == 8);  // WIN32_MEMORY_REGION_INFORMATION.AllocationProtect
static_assert(offsetof(RegionInformation, type) == 12);  // WIN32_MEMORY_REGION_INFORMATION.Flags
static_assert(offsetof(RegionInformation, size) == 16);  // WIN32_MEMORY_REGION_INFORMATION.RegionSize
static_assert(offsetof(RegionInformation, committed) == 24);  // WIN32_MEMORY_REGION_INFORMATION.CommitSize
static_assert(region_huge_pages == 0x1000);  // phnt: MEMORY_REGION_INFORMATION.PageSizeHuge

// ---- native/regions/nt_walk.hpp
static_assert(memory_mapped_filename_information == 2);  // phnt: MemoryMappedFilenameInformation
static_assert(memory_region_info == 0);  // MemoryRegionInfo
static_assert(region_mapped_data_file == 0x2);  // WIN32_MEMORY_REGION_INFORMATION.MappedDataFile
static_assert(sizeof(UnicodeString) == 16);  // UNICODE_STRING
static_assert(offsetof(UnicodeString, length) == 0);  // UNICODE_STRING.Length
static_assert(offsetof(UnicodeString, maximum) == 2);  // UNICODE_STRING.MaximumLength
static_assert(offsetof(UnicodeString, buffer) == 8);  // UNICODE_STRING.Buffer
static_assert(sizeof(ObjectAttributes) == 48);  // OBJECT_ATTRIBUTES
static_assert(offsetof(ObjectAttributes, length) == 0);  // OBJECT_ATTRIBUTES.Length
static_assert(offsetof(ObjectAttributes, root) == 8);  // OBJECT_ATTRIBUTES.RootDirectory
static_assert(offsetof(ObjectAttributes, name) == 16);  // OBJECT_ATTRIBUTES.ObjectName
static_assert(offsetof(ObjectAttributes, attributes) == 24);  // OBJECT_ATTRIBUTES.Attributes
static_assert(offsetof(ObjectAttributes, security) == 32);  // OBJECT_ATTRIBUTES.SecurityDescriptor
static_assert(offsetof(ObjectAttributes, quality) == 40);  // OBJECT_ATTRIBUTES.SecurityQualityOfService
static_assert(object_case_insensitive == 0x40);  // OBJ_CASE_INSENSITIVE
static_assert(process_basic_information == 0);  // ProcessBasicInformation
static_assert(process_wow64_information == 26);  // ProcessWow64Information
static_assert(thread_basic_information == 0);  // ThreadBasicInformation
static_assert(sizeof(ProcessBasicInformation) == 48);  // PROCESS_BASIC_INFORMATION
static_assert(offsetof(ProcessBasicInformation, exit_status) == 0);  // PROCESS_BASIC_INFORMATION.ExitStatus
static_assert(offsetof(ProcessBasicInformation, peb) == 8);  // PROCESS_BASIC_INFORMATION.PebBaseAddress
static_assert(offsetof(ProcessBasicInformation, affinity) == 16);  // PROCESS_BASIC_INFORMATION.AffinityMask
static_assert(offsetof(ProcessBasicInformation, base_priority) == 24);  // PROCESS_BASIC_INFORMATION.BasePriority
static_assert(offsetof(ProcessBasicInformation, process) == 32);  // PROCESS_BASIC_INFORMATION.UniqueProcessId
static_assert(offsetof(ProcessBasicInformation, parent) == 40);  // PROCESS_BASIC_INFORMATION.InheritedFromUniqueProcessId
static_assert(sizeof(ThreadBasicInformation) == 48);  // phnt: THREAD_BASIC_INFORMATION
static_assert(offsetof(ThreadBasicInformation, exit_status) == 0);  // phnt: THREAD_BASIC_INFORMATION.ExitStatus
static_assert(offsetof(ThreadBasicInformation, teb) == 8);  // phnt: THREAD_BASIC_INFORMATION.TebBaseAddress
static_assert(offsetof(ThreadBasicInformation, process) == 16);  // phnt: THREAD_BASIC_INFORMATION.ClientId.UniqueProcess
static_assert(offsetof(ThreadBasicInformation, thread) == 24);  // phnt: THREAD_BASIC_INFORMATION.ClientId.UniqueThread
static_assert(offsetof(ThreadBasicInformation, affinity) == 32);  // phnt: THREAD_BASIC_INFORMATION.AffinityMask
static_assert(offsetof(ThreadBasicInformation, priority) == 40);  // phnt: THREAD_BASIC_INFORMATION.Priority
static_assert(offsetof(ThreadBasicInformation, base_priority) == 44);  // phnt: THREAD_BASIC_INFORMATION.BasePriority
static_assert(offsetof(ThreadBlock<std::uint64_t>, exceptions) == 0);  // NT_TIB.ExceptionList
static_assert(offsetof(ThreadBlock<std::uint64_t>, stack_base) == 8);  // NT_TIB.StackBase
static_assert(offsetof(ThreadBlock<std::uint64_t>, stack_limit) == 16);  // NT_TIB.StackLimit
static_assert(offsetof(ThreadBlock<std::uint64_t>, subsystem) == 24);  // NT_TIB.SubSystemTib
static_assert(offsetof(ThreadBlock<std::uint64_t>, fiber) == 32);  // NT_TIB.FiberData
static_assert(offsetof(ThreadBlock<std::uint64_t>, user) == 40);  // NT_TIB.ArbitraryUserPointer
static_assert(offsetof(ThreadBlock<std::uint64_t>, self) == 48);  // NT_TIB.Self
static_assert(offsetof(ThreadBlock<std::uint64_t>, environment) == 56);  // NT_TIB
static_assert(offsetof(ThreadBlock<std::uint64_t>, process) == 64);  // phnt: TEB.ClientId.UniqueProcess
static_assert(offsetof(ThreadBlock<std::uint64_t>, thread) == 72);  // phnt: TEB.ClientId.UniqueThread
static_assert(offsetof(ThreadBlock<std::uint64_t>, rpc) == 80);  // phnt: TEB.ActiveRpcHandle
static_assert(offsetof(ThreadBlock<std::uint64_t>, local_storage) == 88);  // phnt: TEB.ThreadLocalStoragePointer
static_assert(offsetof(ThreadBlock<std::uint64_t>, process_block) == 96);  // TEB.ProcessEnvironmentBlock
static_assert(thread_block_size == 0x2000);  // phnt: TEB in whole pages, since Windows 8
static_assert(offsetof(ProcessBlock<std::uint64_t>, process_heap) == 0x30);  // phnt: PEB.ProcessHeap
static_assert(offsetof(ProcessBlock<std::uint64_t>, api_sets) == 0x68);  // phnt: PEB.ApiSetMap
static_assert(offsetof(ProcessBlock<std::uint64_t>, server_memory) == 0x88);  // phnt: PEB.ReadOnlySharedMemoryBase
static_assert(offsetof(ProcessBlock<std::uint64_t>, code_pages) == 0xA0);  // phnt: PEB.AnsiCodePageData
static_assert(offsetof(ProcessBlock<std::uint64_t>, heaps) == 0xE8);  // phnt: PEB.NumberOfHeaps
static_assert(offsetof(ProcessBlock<std::uint64_t>, heaps_maximum) == 0xEC);  // phnt: PEB.MaximumNumberOfHeaps
static_assert(offsetof(ProcessBlock<std::uint64_t>, heap_list) == 0xF0);  // phnt: PEB.ProcessHeaps
static_assert(offsetof(ProcessBlock<std::uint64_t>, gdi_handles) == 0xF8);  // phnt: PEB.GdiSharedHandleTable
static_assert(offsetof(ProcessBlock<std::uint64_t>, shims) == 0x2D8);  // phnt: PEB.pShimData
static_assert(offsetof(ProcessBlock<std::uint64_t>, activation_context) == 0x2F8);  // phnt: PEB.ActivationContextData
static_assert(offsetof(ProcessBlock<std::uint64_t>, assembly_storage) == 0x300);  // phnt: PEB.ProcessAssemblyStorageMap
static_assert(offsetof(ProcessBlock<std::uint64_t>, default_activation_context) == 0x308);  // phnt: PEB.SystemDefaultActivationContextData
static_assert(offsetof(ProcessBlock<std::uint64_t>, error_reporting) == 0x358);  // phnt: PEB.WerRegistrationData
static_assert(user_shared_data == 0x7FFE0000);  // phnt: USER_SHARED_DATA
static_assert(system_hypervisor_shared_page_information == 197);  // phnt: SystemHypervisorSharedPageInformation
static_assert(sizeof(GuardBitmaps) == 32);  // phnt: part of PS_SYSTEM_DLL_INIT_BLOCK
static_assert(offsetof(GuardBitmaps, bitmap) == 0);  // phnt: PS_SYSTEM_DLL_INIT_BLOCK.CfgBitMap
static_assert(offsetof(GuardBitmaps, size) == 8);  // phnt: PS_SYSTEM_DLL_INIT_BLOCK.CfgBitMapSize
static_assert(offsetof(GuardBitmaps, bitmap32) == 16);  // phnt: PS_SYSTEM_DLL_INIT_BLOCK.Wow64CfgBitMap
static_assert(offsetof(GuardBitmaps, size32) == 24);  // phnt: PS_SYSTEM_DLL_INIT_BLOCK.Wow64CfgBitMapSize

// ---- native/regions/nt_heaps.hpp
static_assert(offsetof(Links<std::uint64_t>, next) == 0);  // LIST_ENTRY.Flink
static_assert(offsetof(Links<std::uint64_t>, previous) == 8);  // LIST_ENTRY.Blink
static_assert(offsetof(HeapSegment<std::uint64_t>, entry) == 0x0);  // phnt: HEAP_SEGMENT.Entry
static_assert(offsetof(HeapSegment<std::uint64_t>, signature) == 0x10);  // phnt: HEAP_SEGMENT.SegmentSignature
static_assert(offsetof(HeapSegment<std::uint64_t>, flags) == 0x14);  // phnt: HEAP_SEGMENT.SegmentFlags
static_assert(offsetof(HeapSegment<std::uint64_t>, next) == 0x18);  // phnt: HEAP_SEGMENT.SegmentListEntry.Flink
static_assert(offsetof(HeapSegment<std::uint64_t>, previous) == 0x20);  // phnt: HEAP_SEGMENT.SegmentListEntry.Blink
static_assert(offsetof(HeapSegment<std::uint64_t>, heap) == 0x28);  // phnt: HEAP_SEGMENT.Heap
static_assert(heap_segment_signature == 0xFFEEFFEE);  // phnt: HEAP_SEGMENT_SIGNATURE
static_assert(segment_heap_signature == 0xDDEEDDEE);  // phnt: SEGMENT_HEAP_SIGNATURE
static_assert(offsetof(LargeHeapBlock<std::uint64_t>, next) == 0);  // phnt: HEAP_VIRTUAL_ALLOC_ENTRY.Entry.Flink
static_assert(offsetof(LargeHeapBlock<std::uint64_t>, previous) == 8);  // phnt: HEAP_VIRTUAL_ALLOC_ENTRY.Entry.Blink
static_assert(offsetof(LargeHeapBlock<std::uint64_t>, committed) == 0x20);  // phnt: HEAP_VIRTUAL_ALLOC_ENTRY.CommitSize
static_assert(offsetof(LargeHeapBlock<std::uint64_t>, size) == 0x28);  // phnt: HEAP_VIRTUAL_ALLOC_ENTRY.ReserveSize
static_assert(offsetof(LargeSegmentHeapBlock<std::uint64_t>, left) == 0);  // phnt: HEAP_LARGE_ALLOC_DATA.TreeNode.Left
static_assert(offsetof(LargeSegmentHeapBlock<std::uint64_t>, right) == 8);  // phnt: HEAP_LARGE_ALLOC_DATA.TreeNode.Right
static_assert(offsetof(LargeSegmentHeapBlock<std::uint64_t>, parent) == 16);  // phnt: HEAP_LARGE_ALLOC_DATA.TreeNode.ParentValue
static_assert(offsetof(LargeSegmentHeapBlock<std::uint64_t>, address) == 0x18);  // phnt: HEAP_LARGE_ALLOC_DATA.VirtualAddress

// ---- native/sections
static_assert(section_basic_information == 0);  // phnt: SectionBasicInformation
static_assert(sizeof(SectionBasicInformation) == 24);  // phnt: SECTION_BASIC_INFORMATION
static_assert(offsetof(SectionBasicInformation, base) == 0);  // phnt: SECTION_BASIC_INFORMATION.BaseAddress
static_assert(offsetof(SectionBasicInformation, attributes) == 8);  // phnt: SECTION_BASIC_INFORMATION.AllocationAttributes
static_assert(offsetof(SectionBasicInformation, size) == 16);  // phnt: SECTION_BASIC_INFORMATION.MaximumSize
static_assert(file_map_large_pages == 0x20000000);  // FILE_MAP_LARGE_PAGES

// ---- native/system
static_assert(system_performance_information == 2);  // SystemPerformanceInformation
static_assert(system_page_file_information == 18);  // phnt: SystemPageFileInformation
static_assert(system_page_file_information_ex == 144);  // phnt: SystemPageFileInformationEx
static_assert(system_memory_usage_information == 182);  // phnt: SystemMemoryUsageInformation
static_assert(sizeof(SystemPerformanceInformation) == 376);  // phnt: SYSTEM_PERFORMANCE_INFORMATION of 24H2
static_assert(offsetof(SystemPerformanceInformation, page_faults) == 60);  // phnt: SYSTEM_PERFORMANCE_INFORMATION.PageFaultCount
static_assert(offsetof(SystemPerformanceInformation, copy_on_write_faults) == 64);  // phnt: SYSTEM_PERFORMANCE_INFORMATION.CopyOnWriteCount
static_assert(offsetof(SystemPerformanceInformation, transition_faults) == 68);  // phnt: SYSTEM_PERFORMANCE_INFORMATION.TransitionCount
static_assert(offsetof(SystemPerformanceInformation, cache_transition_faults) == 72);  // phnt: SYSTEM_PERFORMANCE_INFORMATION.CacheTransitionCount
static_assert(offsetof(SystemPerformanceInformation, demand_zero_faults) == 76);  // phnt: SYSTEM_PERFORMANCE_INFORMATION.DemandZeroCount
static_assert(offsetof(SystemPerformanceInformation, pages_read) == 80);  // phnt: SYSTEM_PERFORMANCE_INFORMATION.PageReadCount
static_assert(offsetof(SystemPerformanceInformation, page_reads) == 84);  // phnt: SYSTEM_PERFORMANCE_INFORMATION.PageReadIoCount
static_assert(offsetof(SystemPerformanceInformation, dirty_cache_pages) == 312);  // SYSTEM_PERFORMANCE_INFORMATION
static_assert(offsetof(SystemPerformanceInformation, dirty_cache_threshold) == 320);  // phnt: SYSTEM_PERFORMANCE_INFORMATION.CcDirtyPageThreshold
static_assert(offsetof(SystemPerformanceInformation, resident_available_pages) == 328);  // phnt: SYSTEM_PERFORMANCE_INFORMATION.ResidentAvailablePages
static_assert(offsetof(SystemPerformanceInformation, shared_committed_pages) == 336);  // phnt: SYSTEM_PERFORMANCE_INFORMATION.SharedCommittedPages
static_assert(sizeof(SystemMemoryUsageInformation) == 56);  // phnt: SYSTEM_MEMORY_USAGE_INFORMATION
static_assert(offsetof(SystemMemoryUsageInformation, total_physical) == 0);  // phnt: SYSTEM_MEMORY_USAGE_INFORMATION.TotalPhysicalBytes
static_assert(offsetof(SystemMemoryUsageInformation, available) == 8);  // phnt: SYSTEM_MEMORY_USAGE_INFORMATION.AvailableBytes
static_assert(offsetof(SystemMemoryUsageInformation, resident_available) == 16);  // phnt: SYSTEM_MEMORY_USAGE_INFORMATION.ResidentAvailableBytes
static_assert(offsetof(SystemMemoryUsageInformation, committed) == 24);  // phnt: SYSTEM_MEMORY_USAGE_INFORMATION.CommittedBytes
static_assert(offsetof(SystemMemoryUsageInformation, shared_committed) == 32);  // phnt: SYSTEM_MEMORY_USAGE_INFORMATION.SharedCommittedBytes
static_assert(offsetof(SystemMemoryUsageInformation, commit_limit) == 40);  // phnt: SYSTEM_MEMORY_USAGE_INFORMATION.CommitLimitBytes
static_assert(offsetof(SystemMemoryUsageInformation, commit_peak) == 48);  // phnt: SYSTEM_MEMORY_USAGE_INFORMATION.PeakCommitmentBytes

// ---- native/working_sets
static_assert(process_memory_priority == 0);  // ProcessMemoryPriority
static_assert(thread_memory_priority == 0);  // ThreadMemoryPriority
static_assert(sizeof(MemoryRange) == 16);  // WIN32_MEMORY_RANGE_ENTRY
static_assert(offsetof(MemoryRange, address) == 0);  // WIN32_MEMORY_RANGE_ENTRY.VirtualAddress
static_assert(offsetof(MemoryRange, size) == 8);  // WIN32_MEMORY_RANGE_ENTRY.NumberOfBytes
static_assert(vm_page_priority_information == 1);  // phnt: VmPagePriorityInformation
static_assert(bits(&PageBits::valid) == 0x1);  // PSAPI_WORKING_SET_EX_BLOCK.Valid
static_assert(bits(&PageBits::share_count) == 0xE);  // PSAPI_WORKING_SET_EX_BLOCK.ShareCount
static_assert(bits(&PageBits::protection) == 0x7FF0);  // PSAPI_WORKING_SET_EX_BLOCK.Win32Protection
static_assert(bits(&PageBits::shared) == 0x8000);  // PSAPI_WORKING_SET_EX_BLOCK.Shared
static_assert(bits(&PageBits::node) == 0x3F0000);  // PSAPI_WORKING_SET_EX_BLOCK.Node
static_assert(bits(&PageBits::locked) == 0x400000);  // PSAPI_WORKING_SET_EX_BLOCK.Locked
static_assert(bits(&PageBits::large) == 0x800000);  // PSAPI_WORKING_SET_EX_BLOCK.LargePage
static_assert(bits(&PageBits::priority) == 0x7000000);  // phnt: MEMORY_WORKING_SET_EX_BLOCK.Priority
static_assert(bits(&PageBits::location) == 0xC00000);  // phnt: MEMORY_WORKING_SET_EX_BLOCK.Invalid.Location
static_assert(bits(&PageBits::bad) == 0x80000000);  // PSAPI_WORKING_SET_EX_BLOCK.Bad

}  // namespace
}  // namespace ntpages::nt
