public import CSRQ
import SuperResolution

@c @implementation
public func srq_quantization_finetuning(
    _ quantization: OpaquePointer!, _ info: UnsafeMutablePointer<srq_finetuning_info>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        try Handle.using(quantization, "quantization") { (object: QuantizationObject) throws(SuperResolutionError) in
            let runs = object.quantization.finetuning
            let description = srq_finetuning_info(
                struct_size: 0, runs: UInt32(clamping: runs.count), epochs: UInt32(clamping: runs.last?.epochs ?? 0),
                resumed: UInt32(clamping: runs.last?.resumed ?? 0), seconds: runs.last?.seconds ?? 0)
            try VersionedStruct.write(description, to: info, "info")
        }
    }
}
